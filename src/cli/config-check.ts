import { defineVerb } from "./verb.ts";
export const configCheck = defineVerb({ name: "config check", description: "", args: {}, run() {} });
