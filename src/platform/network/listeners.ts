import { readTextIfThere } from "../files/files.ts";
import { listProcesses, openFilesOf, readProcLines } from "../process/proc.ts";
import { isIPv4 } from "./ip-address.ts";

/** An address that a process listens on. */
export interface ListenAddress {
  readonly transport: "tcp" | "udp";
  readonly host: string;
  readonly port: number;
}

/**
 * Which of `wanted` the process `pid` itself has open. Where the system does not say whose a socket is (another
 * user's process, no lsof on macOS), a listener that accepts counts.
 */
export async function listenersHeldBy(
  pid: number,
  wanted: readonly ListenAddress[],
): Promise<readonly ListenAddress[]> {
  const held = process.platform === "linux" ? heldOnLinux(pid, wanted) : await heldByLsof(pid, wanted);
  return held ?? (await thoseThatAccept(wanted));
}

/**
 * A check whether `pid` holds every one of `wanted`, to be repeated while a child comes up. The tables of a machine are
 * read only when the child has opened a socket since, or 8 ms have passed: on Linux a check costs 0.1 ms.
 */
export function watchListeners(pid: number, wanted: readonly ListenAddress[]): () => Promise<boolean> {
  let seen = "";
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const now = performance.now();
    const sockets = process.platform === "linux" ? [...(socketInodes(pid) ?? [])].join(" ") : "";
    if (sockets === seen && now - readAt < TABLES_EVERY_MS) return false;
    seen = sockets;
    readAt = now;
    return (await listenersHeldBy(pid, wanted)).length === wanted.length;
  };
}

const TABLES_EVERY_MS = 8;

/** The process that listens on a port, for an error message; undefined where the system will not say. */
export function findHolder(wanted: ListenAddress): { readonly pid: number; readonly name: string } | undefined {
  if (process.platform !== "linux") return undefined;
  const sockets = readSockets(wanted.transport).filter(({ port }) => port === wanted.port);
  const inodes = new Set(sockets.map(({ inode }) => inode));
  const pid = [...listProcesses()].find((process) => socketInodes(process)?.isDisjointFrom(inodes) === false);
  return pid === undefined ? undefined : { pid, name: processName(pid) };
}

/**
 * Whether this machine would let us listen there now, found out by trying.
 * @returns undefined where it would, otherwise the system's reason (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`).
 */
export async function whyNotBindable(address: ListenAddress): Promise<string | undefined> {
  try {
    if (address.transport === "tcp") {
      Bun.listen({ hostname: address.host, port: address.port, exclusive: true, socket: { data() {} } }).stop(true);
    } else {
      (await Bun.udpSocket({ hostname: address.host, port: address.port, socket: { data() {} } })).close();
    }
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "unknown";
  }
}

/**
 * The TCP ports that a process of Linux listens on; undefined where we may not know, as with another user's.
 */
export function listeningPortsOf(pid: number): ReadonlySet<number> | undefined {
  const inodes = socketInodes(pid);
  if (inodes === undefined) return undefined;
  const sockets = readSockets("tcp").filter(({ inode }) => inodes.has(inode));
  return new Set(sockets.map(({ port }) => port));
}

interface OpenSocket {
  readonly port: number;
  readonly inode: string;
}

function heldOnLinux(pid: number, wanted: readonly ListenAddress[]): readonly ListenAddress[] | undefined {
  const inodes = socketInodes(pid);
  if (inodes === undefined) return undefined;
  if (inodes.size === 0) return [];
  return wanted.filter(({ transport, host, port }) =>
    // An IPv4 address stands in the first table alone; a name or an IPv6 address may stand in either.
    readSockets(transport, isIPv4(host) ? [""] : ["", "6"]).some(
      (socket) => socket.port === port && inodes.has(socket.inode),
    ),
  );
}

/** The inodes of a process's sockets; undefined where we may not read them. */
function socketInodes(pid: number): ReadonlySet<string> | undefined {
  const inodes = openFilesOf(pid)?.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
  return inodes === undefined ? undefined : new Set(inodes);
}

/**
 * proc(5), /proc/net/tcp: listening is state 0A, and those come first; a bound UDP socket shows 07. The kernel fills only
 * what is asked for, and walking on into the connections costs it milliseconds: so line by line, and no further than need
 * be.
 */
function* readTable(transport: "tcp" | "udp", table: string): Generator<OpenSocket> {
  const state = transport === "tcp" ? "0A" : "07";
  for (const line of readProcLines(table, TABLE_LINE)) {
    const fields = line.trim().split(/\s+/);
    const [local, inode] = [fields[1], fields[9]];
    if (local === undefined || inode === undefined || local === "local_address") continue;
    if (fields[3] === state) {
      yield { port: Number.parseInt(local.slice(local.lastIndexOf(":") + 1), 16), inode };
    } else if (transport === "tcp") {
      return;
    }
  }
}

/** The sockets of the tables that are asked for, read as they are. @param versions of IP: `""` is 4. */
function readSockets(transport: "tcp" | "udp", versions = ["", "6"]): IteratorObject<OpenSocket> {
  return Iterator.from(versions).flatMap((version) => readTable(transport, `/proc/net/${transport}${version}`));
}

/** Bytes of one line of /proc/net/tcp. */
const TABLE_LINE = 150;

function processName(pid: number): string {
  return readTextIfThere(`/proc/${pid}/comm`)?.trim() || "unknown";
}

async function heldByLsof(
  pid: number,
  wanted: readonly ListenAddress[],
): Promise<readonly ListenAddress[] | undefined> {
  try {
    const lsof = Bun.spawn(["lsof", "-nP", "-a", "-p", String(pid), "-i", "-FPn"], { stderr: "ignore" });
    const held = new Set<string>();
    let transport: "tcp" | "udp" = "tcp";
    for (const line of (await lsof.stdout.text()).split("\n")) {
      if (line.startsWith("P")) transport = line === "PUDP" ? "udp" : "tcp";
      const port = /^n[^>]*:(\d+)$/.exec(line)?.[1];
      if (port !== undefined) held.add(`${transport} ${port}`);
    }
    return wanted.filter((address) => held.has(`${address.transport} ${address.port}`));
  } catch {
    return undefined;
  }
}

async function thoseThatAccept(wanted: readonly ListenAddress[]): Promise<readonly ListenAddress[]> {
  const reasons = await Promise.all(
    wanted.map((address) => (address.transport === "tcp" ? accepts(address) : whyNotBindable(address))),
  );
  return wanted.filter((_, index) => reasons[index] === true || reasons[index] === "EADDRINUSE");
}

async function accepts(address: ListenAddress): Promise<boolean> {
  const host = address.host === "0.0.0.0" ? "127.0.0.1" : address.host === "::" ? "::1" : address.host;
  try {
    const socket = await Bun.connect({ hostname: host, port: address.port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}
