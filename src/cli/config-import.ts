import { defineVerb } from "./verb.ts";
export const configImport = defineVerb({ name: "config import", description: "", args: {}, run() {} });
