import { defineList } from "./list.ts";

export const verb = defineList("endpoints");
