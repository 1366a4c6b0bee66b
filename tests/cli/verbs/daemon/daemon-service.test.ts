import { expect, test } from "bun:test";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describeDaemonService, prepareServiceFolder } from "../../../../src/cli/verbs/daemon/daemon-service.ts";
import { failureOf } from "../../../rig/rejection.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";

test("a user's folder is made; in that of another account nothing is, but the command to make it is told", () => {
  using folder = temporaryFolder();
  const home = join(folder.path, "argus");
  const service = describeDaemonService({ system: true, user: "root", home }, {});
  const failure = failureOf(() => prepareServiceFolder(service));
  expect([failure.code, existsSync(home)]).toEqual(["file-unusable", false]);
  expect(failure.hint).toEndWith(`: sudo -u root install -d -m 700 ${home} ${home}/wpdaemon`);
  mkdirSync(join(home, "wpdaemon"), { recursive: true });
  prepareServiceFolder(service);

  const own = join(folder.path, "own");
  prepareServiceFolder(describeDaemonService({ system: false, home: own }, {}));
  expect(existsSync(join(own, "wpdaemon"))).toBe(true);
});

test("a relative folder is made absolute: the manager has another working folder", () => {
  expect(describeDaemonService({ system: false, home: "argus" }, {}).home).toBe(join(process.cwd(), "argus"));
});

test("a port of the environment that is none is refused by its name", () => {
  const failure = failureOf(() => describeDaemonService({ system: false }, { HOME: "/home/me", WPDAEMON_PORT: "x" }));
  expect(failure.message).toBe('WPDAEMON_PORT needs a port number, not "x"');
});
