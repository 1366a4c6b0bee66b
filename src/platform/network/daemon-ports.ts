import { basename } from "node:path";
import { readTextIfThere } from "../files/files.ts";
import { listProcesses } from "../process/proc.ts";
import { listRunningProcesses } from "../process/process-list.ts";
import { listeningPortsOf } from "./listeners.ts";

/** A daemon of another user, and any on macOS: where it listens unless its settings say otherwise. */
const USUAL_PORTS = [23_888, 8_765];

/** Looking costs milliseconds, and whoever asks may be asked by a stranger. */
const LOOK_EVERY_MS = 1_000;

let seen: ReadonlySet<number> = new Set();
let lookedAt = Number.NEGATIVE_INFINITY;

/** The TCP ports on which the wpdaemon daemons of this machine listen; as they were up to a second ago. */
export function findDaemonPorts(): ReadonlySet<number> {
  const now = performance.now();
  if (now - lookedAt < LOOK_EVERY_MS) return seen;
  lookedAt = now;
  seen = new Set(process.platform === "linux" ? lookOnLinux() : lookElsewhere());
  return seen;
}

function lookOnLinux(): readonly number[] {
  return listProcesses().flatMap((pid) => {
    const words = readTextIfThere(`/proc/${pid}/cmdline`)?.split("\0") ?? [];
    return isDaemon(words) ? [...(listeningPortsOf(pid) ?? portsOf(words))] : [];
  });
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
