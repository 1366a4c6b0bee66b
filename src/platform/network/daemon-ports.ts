import { basename } from "node:path";
import { attemptOr, systemCode } from "../failure.ts";
import { readTextIfThere } from "../files/files.ts";
import { listProcesses, readProcLines } from "../process/proc.ts";
import { listRunningProcesses } from "../process/process-list.ts";
import { listeningPortsOf } from "./listeners.ts";

/** A daemon of another user, and any on macOS: where it listens unless its settings say otherwise. */
const USUAL_PORTS = [23_888, 8_765];

/** Looking costs milliseconds, and whoever asks may be asked by a stranger. */
const LOOK_EVERY_MS = 1_000;

/** The TCP ports on which the wpdaemon daemons of this machine listen; as they were up to a second ago. */
export const findDaemonPorts = createPortFinder(process.platform === "linux" ? lookOnLinux : lookElsewhere);

/**
 * Where a look fails, as without a free descriptor, the ports known so far still count, and the usual ones with them, so
 * that a fault opens no daemon to a stranger.
 * @param now milliseconds, of any origin.
 */
export function createPortFinder(look: () => readonly number[], now: () => number = () => performance.now()) {
  let seen: ReadonlySet<number> = new Set();
  let lookedAt = Number.NEGATIVE_INFINITY;
  return (): ReadonlySet<number> => {
    if (now() - lookedAt >= LOOK_EVERY_MS) {
      seen = new Set(attemptOr([...seen, ...USUAL_PORTS], look));
      lookedAt = now();
    }
    return seen;
  };
}

function lookOnLinux(): readonly number[] {
  const servers = new Set(findControlServers());
  return listProcesses().flatMap((pid) => {
    const words = readWords(`/proc/${pid}/cmdline`);
    return isDaemon(words) || servers.has(pid) ? [...(listeningPortsOf(pid) ?? portsOf(words))] : [];
  });
}

/**
 * Who has bound a control socket, whatever his program is called: the kernel knows it by the name it was bound to, which
 * `openPrivateSocket` makes of the process's number. proc(5), /proc/net/unix.
 */
function* findControlServers(): Generator<number> {
  for (const line of readProcLines("/proc/net/unix", 4_096)) {
    const pid = /\/wpdaemon\/(?=.{12}$)\.+(\d+)$/.exec(line)?.[1];
    if (pid !== undefined) yield Number(pid);
  }
}

/** The words of a command line; none of a process that has ended since the listing, or is not for us to see. */
function readWords(path: string): readonly string[] {
  try {
    return readTextIfThere(path)?.split("\0") ?? [];
  } catch (error) {
    if (["ESRCH", "EACCES", "EPERM"].includes(systemCode(error) ?? "")) return [];
    throw error;
  }
}

function lookElsewhere(): readonly number[] {
  return listRunningProcesses().flatMap(({ words }) => (isDaemon(words) ? portsOf(words) : []));
}

/** Every wpdaemon but one that is a role of LinkSocks, whose ports are for others. */
function isDaemon([program = "", first]: readonly string[]): boolean {
  return basename(program).startsWith("wpdaemon") && first !== "linksocks";
}

function portsOf(words: readonly string[]): readonly number[] {
  const own = Number(words[words.findIndex((word) => word === "-p" || word === "--port") + 1]);
  return Number.isInteger(own) && own > 0 ? [...USUAL_PORTS, own] : USUAL_PORTS;
}
