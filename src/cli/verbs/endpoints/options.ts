import type { ArgsDef } from "citty";
import { commonOptions } from "../../arguments.ts";

/** The options of a command that asks whoever serves endpoints. */
export const endpointsOptions = {
  socket: {
    type: "string",
    valueHint: "path",
    description: "Ask wpdaemon ngrokd at this socket (NGROKD_SOCKET)",
  },
  ...commonOptions,
} as const satisfies ArgsDef;
