import { expect, test } from "bun:test";
import { isForDaemon } from "../../src/cli/is-for-daemon.ts";
import { isTerminal } from "../../src/cli/output/terminal.ts";
import { freePort } from "../rig/free-port.ts";

test.skipIf(isTerminal("stdin"))(
  "a call without a word serves where no person is there and nobody answers on the port",
  async () => {
    using other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    expect(await isForDaemon({ port: other.port })).toBe(false);
    expect(await isForDaemon({ port: freePort() })).toBe(true);
  },
);
