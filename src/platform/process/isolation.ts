import { existsSync } from "node:fs";
import { Failure } from "../failure.ts";
import { libc, openLibrary } from "../libc.ts";

/**
 * What runs a command in a network of its own, where there is nobody: unshare(1) of util-linux 2.36, without root. The
 * capabilities are for us, to prepare it.
 */
const UNSHARE = ["unshare", "--user", "--map-current-user", "--keep-caps", "--net", "--mount", "--"] as const;

/** The command line for `words` in a network of their own. @throws Failure `platform-unsupported` where there is none. */
export function isolateCommand(words: readonly string[]): readonly string[] {
  if (process.platform !== "linux") {
    throw new Failure("platform-unsupported", "only Linux gives a program a network of its own", {
      hint: "leave --isolated away; a program that heeds no proxy variable then goes out directly",
    });
  }
  const refusal = tryUnshare();
  if (refusal === undefined) return [...UNSHARE, ...words];
  throw new Failure("platform-unsupported", `this system gives users no network of their own: ${refusal}`, {
    hint: "unshare of util-linux 2.36 is needed, and leave for it: sysctl kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns, user.max_user_namespaces",
  });
}

/** @returns why it cannot be. */
function tryUnshare(): string | undefined {
  try {
    const { exitCode, stderr } = Bun.spawnSync([...UNSHARE, "true"], { stderr: "pipe" });
    return exitCode === 0 ? undefined : stderr.toString().trim().split("\n")[0] || `unshare ended with ${exitCode}`;
  } catch {
    return "there is no unshare";
  }
}

/**
 * Prepares the network of its own that this process is in: 127.0.0.1 and ::1 work, services of the machine that would
 * resolve names for whoever asks are out of sight, and no program gets capabilities from us.
 * @throws Failure `platform-unsupported`.
 */
export function prepareIsolation(): void {
  bringUpLoopback();
  hideResolvers();
  const { prctl } = openLibrary({ prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" } });
  if (prctl(AMBIENT_CAPABILITIES, CLEAR_ALL, 0, 0, 0) !== 0) throw cannotPrepare("its capabilities cannot be given up");
}

/** netdevice(7): a name of 16 bytes, and flags. */
function bringUpLoopback(): void {
  const { ioctl } = openLibrary({ ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" } });
  const socket = libc().socket(AF_INET, SOCK_DGRAM, 0);
  const request = Buffer.alloc(40);
  request.write("lo");
  if (socket < 0 || ioctl(socket, SIOCGIFFLAGS, request) !== 0) throw cannotPrepare("it has no loopback");
  request.writeInt16LE(request.readInt16LE(16) | IFF_UP, 16);
  if (ioctl(socket, SIOCSIFFLAGS, request) !== 0) throw cannotPrepare("its loopback cannot be brought up");
}

/** They are reached by files, which a network of one's own does not hide. */
const RESOLVERS = ["/run/systemd/resolve", "/run/nscd", "/var/run/nscd"];

function hideResolvers(): void {
  const { mount } = openLibrary({
    mount: { args: ["cstring", "cstring", "cstring", "u64", "ptr"], returns: "i32" },
  });
  const text = (value: string) => Buffer.from(`${value}\0`);
  for (const path of RESOLVERS) {
    if (!existsSync(path)) continue;
    if (mount(text("tmpfs"), text(path), text("tmpfs"), 0, null) !== 0) throw cannotPrepare(`${path} cannot be hidden`);
  }
}

function cannotPrepare(reason: string): Failure {
  return new Failure("platform-unsupported", `a network of its own cannot be prepared: ${reason}`);
}

/** From socket(2), netdevice(7) and prctl(2). */
const [AF_INET, SOCK_DGRAM, IFF_UP] = [2, 2, 1];
const [SIOCGIFFLAGS, SIOCSIFFLAGS] = [0x8913, 0x8914];
const [AMBIENT_CAPABILITIES, CLEAR_ALL] = [47, 4];
