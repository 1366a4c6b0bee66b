import { defineVerb } from "./verb.ts";
export const configRemove = defineVerb({ name: "config remove", description: "", args: {}, run() {} });
