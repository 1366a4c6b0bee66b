import type { ArgDef } from "citty";

/** Options that every verb takes. */
export const jsonOption = {
  type: "boolean",
  description: "Print one JSON document",
  default: false,
} as const satisfies ArgDef;

export const portOption = {
  type: "string",
  alias: "p",
  description: "The daemon's port (WPDAEMON_PORT; 23888)",
} as const satisfies ArgDef;

export const homeOption = {
  type: "string",
  description: "Folder of configs, logs and state (ARGUS_HOME; ~/.argus)",
} as const satisfies ArgDef;
