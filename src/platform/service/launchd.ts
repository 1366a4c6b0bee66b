import { join } from "node:path";
import { quoteForShell } from "../shell-word.ts";
import { MARK } from "./definition-file.ts";
import type { Scope, Service, ServiceManager, Step } from "./service.ts";

/** The name by which launchd knows the service. */
const LABEL = "io.wpdaemon";

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
    isolationProbe: undefined,
    startSteps(change, start) {
      if (!start) return [enable];
      // A loaded service cannot be loaded again; the last step finds out whether it is loaded.
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

/**
 * The text of our property list: launchd.plist(5). With an account it is a daemon of the machine, else an agent of the
 * user's login.
 */
export function describePlist(service: Service): string {
  const { account } = service;
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- ${MARK}; it writes it anew. -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${toXml({
  Label: LABEL,
  ProgramArguments: service.command,
  EnvironmentVariables: service.environment,
  ...(account === undefined ? {} : { UserName: account }),
  WorkingDirectory: "/",
  RunAtLoad: true,
  KeepAlive: { SuccessfulExit: false },
  // Tunnels survive the death of the daemon, and its successor adopts them.
  AbandonProcessGroup: true,
  ProcessType: "Background",
  // An orderly stop takes 8 s at most.
  ExitTimeOut: 10,
  StandardOutPath: service.log,
  StandardErrorPath: service.log,
  // 077, which a property list can only say in decimal.
  Umask: 0o077,
  SoftResourceLimits: { NumberOfFiles: 65_536 },
})}
</plist>
`;
}

type Value = string | number | boolean | readonly Value[] | { readonly [name: string]: Value };

function toXml(value: Value): string {
  if (typeof value === "string") return `<string>${escapeText(value)}</string>`;
  if (typeof value === "number") return `<integer>${value}</integer>`;
  if (typeof value === "boolean") return value ? "<true/>" : "<false/>";
  if (isList(value)) return `<array>\n${value.map(toXml).join("\n")}\n</array>`;
  const entries = Object.entries(value).map(([name, inner]) => `<key>${escapeText(name)}</key>\n${toXml(inner)}`);
  return `<dict>\n${entries.join("\n")}\n</dict>`;
}

/** Array.isArray does not narrow a readonly array. */
function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
