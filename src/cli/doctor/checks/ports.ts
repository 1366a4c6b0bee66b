import { identifyPortHolder } from "../../../daemon/port-holder.ts";
import { openConversation } from "../../../net/conversation.ts";
import { askLine } from "../../../net/lines/line-client.ts";
import { Failure, systemCode } from "../../../platform/failure.ts";
import { findHolder } from "../../../platform/network/listeners.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, type Findings, fine, warn } from "../diagnosis.ts";

const HOST = "127.0.0.1";
const ANSWER_MS = 1_000;

/** Who holds the line protocol's port: our daemon, a predecessor, or another program. */
export async function checkPort(circumstances: Circumstances): Promise<Findings> {
  const { port, isPortNamed } = circumstances;
  const { status } = circumstances.daemon;
  const own = status instanceof Failure ? undefined : status.daemon;
  if (own !== undefined && (!isPortNamed || own.address === `${HOST}:${port}`)) {
    return await checkOwnPort(own.address);
  }
  if (!(await isTaken(port))) {
    return fine(`${HOST}:${port} is free${own === undefined ? "" : `; the daemon serves ${own.address}`}`);
  }
  const ours = own === undefined ? findOwnHolder(port, circumstances) : undefined;
  if (ours !== undefined) return warn(`${HOST}:${port} is held by ${ours}`, null);
  const holder = await identifyPortHolder(port);
  const message = `${HOST}:${port} is held by ${holder}`;
  if (own !== undefined) return warn(`${message}; the daemon of this home serves ${own.address}`, null);
  const remedy = "end that program, or give the daemon another port: line.port in config.yaml, or -p";
  return blame(`${message}, so no daemon of this home can serve it`, remedy);
}

async function checkOwnPort(address: string): Promise<Findings> {
  const port = Number(address.split(":").at(-1));
  const reply = await askLine({ host: HOST, port }, "whoami:", ANSWER_MS).catch(() => "");
  if (reply.includes('"TypeScript"')) return fine(`${address} is held by the daemon`);
  const holder = (await isTaken(port)) ? `is held by ${await identifyPortHolder(port)}` : "is not open";
  return blame(`the daemon claims to serve ${address}, but that ${holder}`, "wpdaemon restart");
}

/** Whether the event stream is open, or could be, and events can be kept. */
export async function checkEvents(circumstances: Circumstances): Promise<Findings> {
  const { settings } = circumstances;
  const { status } = circumstances.daemon;
  if (!(status instanceof Failure)) {
    if (status.events === undefined) return [];
    const { url, fault } = status.events;
    if (fault !== null) return warn(fault, null);
    return fine(url === null ? "the event stream is switched off" : `the event stream is open: ${url}`);
  }
  if (settings instanceof Failure) return [];
  const { enabled, port } = settings.stream;
  if (!enabled) return fine("the event stream is switched off");
  if (!(await isTaken(port))) return fine(`port ${port} is free for the event stream`);
  const ours = findOwnHolder(port, circumstances);
  if (ours !== undefined) return warn(`port ${port} of the event stream is held by ${ours}`, null);
  const remedy = "end that program, or give the stream another port: stream.port in config.yaml";
  return warn(`port ${port} of the event stream is held by ${await identifyPortHolder(port)}`, remedy);
}

/** The daemon of this home, where it holds a port and does not answer. */
function findOwnHolder(port: number, { daemon: { record, lock } }: Circumstances): string | undefined {
  const pid = findHolder({ transport: "tcp", host: HOST, port })?.pid;
  if (pid === undefined) return undefined;
  const isRecorded = !(record instanceof Failure) && record?.process?.pid === pid;
  const hasLock = !(lock instanceof Failure) && lock.isHeld && lock.holder === pid;
  return isRecorded || hasLock ? `the daemon of this home (process ${pid}), which does not answer` : undefined;
}

/**
 * Whether somebody listens on a port of the loopback interface. Asked for by a client, for to try to listen there would keep
 * a daemon out that starts this moment.
 */
export async function isTaken(port: number): Promise<boolean> {
  if (port === 0) return false;
  try {
    using _ = await openConversation({ host: "127.0.0.1", port }, ANSWER_MS);
    return true;
  } catch (error) {
    return systemCode(error) !== "ECONNREFUSED";
  }
}
