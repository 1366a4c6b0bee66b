import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { findPort, isForDaemon } from "../../src/cli/is-for-daemon.ts";
import { isTerminal } from "../../src/cli/output/terminal.ts";
import { pathsBelow } from "../../src/platform/files/paths.ts";
import { freePort } from "../rig/free-port.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

test.skipIf(isTerminal("stdin"))(
  "a call without a word serves where no person is there and nobody answers on the port",
  async () => {
    using other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    expect(await isForDaemon({ port: other.port, home: undefined })).toBe(false);
    expect(await isForDaemon({ port: freePort(), home: undefined })).toBe(true);
  },
);

test("the port of a call without a word is that of the settings, unless a flag names another, or they cannot be read", async () => {
  using home = temporaryFolder();
  const paths = pathsBelow(home.path);
  mkdirSync(paths.own, { recursive: true });
  writeFileSync(paths.settings, "line: { port: 24001 }\n");
  expect(await findPort({ home: home.path, port: undefined })).toBe(24_001);
  expect(await findPort({ home: home.path, port: 24_002 })).toBe(24_002);
  writeFileSync(paths.settings, "line: { prot: 24001 }\n");
  expect(await findPort({ home: home.path, port: undefined })).toBe(23_888);
});
