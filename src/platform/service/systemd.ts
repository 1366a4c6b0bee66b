import { join } from "node:path";
import { Failure } from "../failure.ts";
import { MARK } from "./definition-file.ts";
import type { Scope, Service, ServiceManager, Step } from "./service.ts";

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

/**
 * The text of our unit: systemd.unit(5), systemd.service(5), systemd.exec(5). With an account it is one for the machine's
 * own manager, else for a user's.
 */
export function describeUnit(service: Service): string {
  const { account } = service;
  const system = account !== undefined;
  return `# ${MARK}; it writes it anew. What you change belongs into a drop-in: systemctl ${system ? "" : "--user "}edit.
[Unit]
Description=wpdaemon, ways out for the programs on this machine
${system ? "After=network.target\n" : ""}# Another daemon may hold the folder or the port for as long as it likes: ours comes up when they are free.
StartLimitIntervalSec=0

[Service]
Type=notify
# A daemon hands itself over to its successor, which speaks for itself.
NotifyAccess=all
${system ? `User=${account}\n` : ""}ExecStart=${quoteCommand(service.command)}
WorkingDirectory=/
${Object.entries(service.environment)
  .map(([name, value]) => `Environment=${quoteWord(`${name}=${value}`)}\n`)
  .join("")}# Tunnels survive the death of the daemon, and its successor adopts them. An orderly stop ends them itself.
KillMode=process
# A successor is not the manager's child, and what is not is sent SIGKILL right after SIGTERM: this waits for its end.
ExecStop=-/bin/sh -c 'test -n "$$MAINPID" && kill "$$MAINPID" && while kill -0 "$$MAINPID" 2>/dev/null; do sleep 0.05; done'
# An orderly stop takes 8 s at most, mostly some milliseconds.
TimeoutStopSec=10
Restart=on-failure
RestartSec=2
# Invalid settings stay so until somebody mends them.
RestartPreventExitStatus=2
UMask=0077
LimitNOFILE=65536

# MemoryDenyWriteExecute is left out: the JavaScript engine makes machine code at run time, and so do calls to C.
${EVERYWHERE}
${system ? describeFileSystem(service) : WHY_NOT_FOR_A_USER}

[Install]
WantedBy=${system ? "multi-user.target" : "default.target"}
`;
}

/** What a process may do to itself: any manager can apply it. */
const EVERYWHERE = `NoNewPrivileges=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=~@clock @cpu-emulation @module @mount @obsolete @raw-io @reboot @swap
SystemCallErrorNumber=EPERM`;

const WHY_NOT_FOR_A_USER = `# ProtectSystem, ProtectHome and PrivateTmp are left out: a user's manager ignores them, or needs a user namespace for
# them, which not every machine allows. CapabilityBoundingSet, PrivateDevices and most of Protect... are left out: they
# drop capabilities, which takes one that a user's manager has not, so the start would fail with 218/CAPABILITIES.`;

/** The daemon writes below its home and nowhere else, and needs no capability: its ports are above 1024. */
function describeFileSystem({ home, command }: Service): string {
  // A private /tmp would hide what lies in the real one.
  const privateTmp = ![home, ...command].some((path) => /^\/(?:var\/)?tmp\//.test(path));
  return `CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths=${quoteWord(home)}
PrivateTmp=${privateTmp ? "yes" : "no"}
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RemoveIPC=yes`;
}

/**
 * One word of a unit file's list: in quotes where systemd would split or alter it (systemd.syntax(7)), its per cent signs
 * doubled, for each would begin a specifier (systemd.unit(5)). It must not hold control characters.
 */
export function quoteWord(word: string): string {
  const text = word.replaceAll("%", "%%");
  return /^[\w%@+=:,./-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/**
 * A command line for `ExecStart=`, no word of which is altered on its way. A colon before the program turns the expansion
 * of `$NAME` off (systemd.service(5)); it stands only where it is needed, because systemd knows it from version 244 on.
 * @throws Failure `usage` for a program that systemd refuses however its path is written.
 */
export function quoteCommand(command: readonly [string, ...string[]]): string {
  const [program] = command;
  if (/["'\\]/.test(program)) {
    throw new Failure("usage", `systemd runs no program whose path holds quotes or backslashes: ${program}`, {
      hint: "move wpdaemon to another folder",
    });
  }
  const prefix = command.some((word) => word.includes("$")) ? ":" : "";
  return prefix + command.map(quoteWord).join(" ");
}
