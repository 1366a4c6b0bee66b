import { defineVerb } from "./verb.ts";
export const configAdd = defineVerb({ name: "config add", description: "", args: {}, run() {} });
