import { join } from "node:path";
import type { Scope, ServiceManager, Step } from "./service.ts";
import { describeUnit } from "./systemd-unit.ts";

const UNIT = "wpdaemon.service";

/** systemd.unit(5): where the administrator's units lie, and a user's own. */
export function createSystemd(scope: Scope): ServiceManager {
  const ofUser = scope.kind === "user";
  const folder = ofUser ? join(scope.home, ".config", "systemd", "user") : "/etc/systemd/system";
  const step = (...words: string[]): Step => ({ words: ["systemctl", ...(ofUser ? ["--user"] : []), ...words] });
  const reload = step("daemon-reload");
  return {
    file: join(folder, UNIT),
    describe: describeUnit,
    startSteps(change, start) {
      if (!start) return [reload, step("enable", UNIT)];
      if (change === "replaced") return [reload, step("enable", UNIT), step("restart", UNIT)];
      return [reload, step("enable", "--now", UNIT)];
    },
    stopSteps: [step("disable", "--now", UNIT)],
    forgetSteps: [reload, { ...step("reset-failed", UNIT), mayFail: true }],
    showLog: () => `journalctl ${ofUser ? "--user " : ""}-u ${UNIT}`,
    advice: ofUser ? "it runs while you are logged in; to have it run from boot: loginctl enable-linger" : undefined,
  };
}
