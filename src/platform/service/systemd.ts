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
    isolationProbe: ofUser ? ISOLATION_PROBE : undefined,
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
 * own manager, else for a user's. `systemd-analyze security` gives the former 1.3 of 10, the latter 2.6.
 */
export function describeUnit(service: Service, isIsolated: boolean): string {
  const { account } = service;
  const system = account !== undefined;
  return `# ${MARK}; it writes it anew. What you change belongs into a drop-in: systemctl ${system ? "" : "--user "}edit.
[Unit]
Description=wpdaemon, ways out for the programs on this machine
${system ? "After=network.target\n" : ""}# Another daemon may hold the folder or the port for as long as it likes: ours comes up when they are free.
StartLimitIntervalSec=0

[Service]
Type=notify
# A daemon that hands itself over names its successor, which speaks from then on. No tunnel can speak for the daemon.
NotifyAccess=main
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
# Invalid settings, and a home that cannot be used or that others may write to, stay so until somebody mends them.
RestartPreventExitStatus=2 5
UMask=0077
LimitNOFILE=65536
# Far more than a hundred tunnels need. What the kernel ends for want of memory costs one tunnel, not all of them.
MemoryMax=4G
TasksMax=8192
OOMPolicy=continue

# MemoryDenyWriteExecute is left out: the JavaScript engine makes machine code at run time, and so do calls to C.
${EVERYWHERE}
${isIsolated ? describeIsolation(service) : WITHOUT_ISOLATION}

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
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM`;

const WITHOUT_ISOLATION = `# CapabilityBoundingSet, ProtectSystem and what else needs a user namespace are left out: this user's manager could not make
# one when wpdaemon install tried.`;

/** The daemon writes below its home and nowhere else. */
const ISOLATION = [
  "ProtectSystem=strict",
  "ProtectHome=read-only",
  "PrivateMounts=yes",
  "PrivateDevices=yes",
  "ProtectClock=yes",
  "ProtectControlGroups=yes",
  "ProtectHostname=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
];

const LOW_PORTS = [
  "# For endpoints on ports below 1024.",
  "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
  "AmbientCapabilities=CAP_NET_BIND_SERVICE",
];

/** A user's manager may apply those only within a user namespace. */
const USER_NAMESPACE = "PrivateUsers=yes";

function describeIsolation({ account, home, command, hasEndpoints }: Service): string {
  // A private /tmp would hide what lies in the real one.
  const privateTmp = ![home, ...command].some((path) => /^\/(?:var\/)?tmp\//.test(path));
  return [
    ...(account === undefined
      ? [
          "# No ProtectProc: it would hide the tunnels of a former daemon, whose user namespace was another.",
          USER_NAMESPACE,
          // Its own ports are above 1024, and within that namespace those below would be refused anyway.
          "CapabilityBoundingSet=",
        ]
      : ["ProtectProc=invisible", "RemoveIPC=yes", ...(hasEndpoints ? LOW_PORTS : ["CapabilityBoundingSet="])]),
    ...ISOLATION,
    `ReadWritePaths=${quoteWord(home)}`,
    `PrivateTmp=${privateTmp ? "yes" : "no"}`,
  ].join("\n");
}

/** Runs nothing in a service of a user that is kept apart as ours is. */
const ISOLATION_PROBE: Step = {
  words: [
    ...(["systemd-run", "--user", "--quiet", "--collect", "-p", "Type=oneshot"] as const),
    ...[USER_NAMESPACE, "CapabilityBoundingSet=", ...ISOLATION].flatMap((property) => ["-p", property]),
    "true",
  ],
};

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
