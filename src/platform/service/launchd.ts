import { join } from "node:path";
import { quoteForShell } from "../shell-word.ts";
import { describePlist, LABEL } from "./launchd-plist.ts";
import type { Scope, ServiceManager, Step } from "./service.ts";

/** A service that is being booted out keeps its name until its process has ended, which takes 8 s at most. */
const BOOT_OUT_MS = 10_000;

/** launchd.plist(5), launchctl(1): an agent of the user's login, or a daemon of the machine. Not yet seen on a Mac. */
export function createLaunchd(scope: Scope): ServiceManager {
  const ofUser = scope.kind === "user";
  const file = join(ofUser ? join(scope.home, "Library/LaunchAgents") : "/Library/LaunchDaemons", `${LABEL}.plist`);
  const domain = ofUser ? `gui/${scope.uid}` : "system";
  const target = `${domain}/${LABEL}`;
  const enable: Step = { words: ["launchctl", "enable", target] };
  const bootOut: Step = { words: ["launchctl", "bootout", target], mayFail: true };
  const bootstrap: Step = { words: ["launchctl", "bootstrap", domain, file] };
  return {
    file,
    describe: describePlist,
    startSteps(change, start) {
      if (!start) return [enable];
      // What is loaded already cannot be loaded again; whether it is, the last step tells.
      if (change === "unchanged")
        return [enable, { ...bootstrap, mayFail: true }, { words: ["launchctl", "print", target] }];
      return [bootOut, enable, { ...bootstrap, patience: BOOT_OUT_MS }];
    },
    stopSteps: [bootOut],
    forgetSteps: [],
    showLog: ({ log }) => `tail ${quoteForShell(log)}`,
    advice: undefined,
  };
}
