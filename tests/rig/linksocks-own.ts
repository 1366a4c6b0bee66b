import { EXECUTABLE } from "./daemon-process.ts";
import { startCommand } from "./linksocks-command.ts";
import type { LinksocksProgram } from "./linksocks-peer.ts";

/** Our own LinkSocks, in the compiled program. */
export const OWN_LINKSOCKS: LinksocksProgram = {
  name: "our own",
  start: (role, options = {}) =>
    startCommand(
      {
        program: [EXECUTABLE, "linksocks"],
        moreWords: () => [],
        accepted: /connected to the server/,
        registered: /connector token is registered/,
      },
      role,
      options,
    ),
};
