import { defineVerb } from "./verb.ts";
export const configList = defineVerb({ name: "config list", description: "", args: {}, run() {} });
