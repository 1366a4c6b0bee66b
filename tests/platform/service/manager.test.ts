import { expect, test } from "bun:test";
import { showSteps } from "../../../src/platform/service/carry-out.ts";
import { findServiceManager } from "../../../src/platform/service/manager.ts";
import type { Scope } from "../../../src/platform/service/service.ts";
import { failureOf } from "../../rig/rejection.ts";

const user: Scope = { kind: "user", home: "/home/me", uid: 501 };
const machine: Scope = { kind: "system" };

test.each([
  ["linux", user, "/home/me/.config/systemd/user/wpdaemon.service"],
  ["linux", machine, "/etc/systemd/system/wpdaemon.service"],
  ["darwin", user, "/home/me/Library/LaunchAgents/io.wpdaemon.plist"],
  ["darwin", machine, "/Library/LaunchDaemons/io.wpdaemon.plist"],
])("on %s, %j, the file is %s", (platform, scope, file) => {
  expect(findServiceManager(platform, scope).file).toBe(file);
});

test("systemd takes notice of a file by its state", () => {
  const { startSteps, stopSteps } = findServiceManager("linux", user);
  const reload = "systemctl --user daemon-reload";
  expect(showSteps(startSteps("created", true))).toBe(`${reload} && systemctl --user enable --now wpdaemon.service`);
  expect(showSteps(startSteps("unchanged", true))).toBe(showSteps(startSteps("created", true)));
  expect(showSteps(startSteps("replaced", true))).toBe(
    `${reload} && systemctl --user enable wpdaemon.service && systemctl --user restart wpdaemon.service`,
  );
  expect(showSteps(startSteps("replaced", false))).toBe(`${reload} && systemctl --user enable wpdaemon.service`);
  expect(showSteps(stopSteps)).toBe("systemctl --user disable --now wpdaemon.service");
  expect(showSteps(findServiceManager("linux", machine).stopSteps)).toBe("systemctl disable --now wpdaemon.service");
});

test("launchd loads a new file once the old service is out, and leaves a running one alone", () => {
  const { startSteps, stopSteps, file } = findServiceManager("darwin", user);
  const target = "gui/501/io.wpdaemon";
  expect(startSteps("replaced", true)).toEqual([
    { words: ["launchctl", "bootout", target], mayFail: true },
    { words: ["launchctl", "enable", target] },
    { words: ["launchctl", "bootstrap", "gui/501", file], patience: 10_000 },
  ]);
  expect(startSteps("unchanged", true).some(({ words }) => words.includes("bootout"))).toBe(false);
  expect(startSteps("created", false)).toEqual([{ words: ["launchctl", "enable", target] }]);
  expect(stopSteps).toEqual([{ words: ["launchctl", "bootout", target], mayFail: true }]);
  expect(showSteps(findServiceManager("darwin", machine).stopSteps)).toBe("launchctl bootout system/io.wpdaemon");
});

test("another platform is told so", () => {
  expect(failureOf(() => findServiceManager("win32", user)).code).toBe("platform-unsupported");
});
