import { identifyPortHolder } from "../../../daemon/port-holder.ts";
import { askLine } from "../../../net/line-client.ts";
import { Failure } from "../../../platform/failure.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, type Diagnosis, fine, warn } from "../diagnosis.ts";
import { isTaken } from "../is-taken.ts";

const CHECK = "port";
const HOST = "127.0.0.1";
const ANSWER_MS = 1_000;

/** Who holds the line protocol's port: our daemon, a predecessor, or another program. */
export async function checkPort(
  circumstances: Pick<Circumstances, "daemon" | "port" | "isPortNamed">,
): Promise<readonly Diagnosis[]> {
  const { port, isPortNamed } = circumstances;
  const { status } = circumstances.daemon;
  const own = status instanceof Failure ? undefined : status.daemon;
  if (own !== undefined && (!isPortNamed || own.address === `${HOST}:${port}`)) {
    return [await checkOwnPort(own.address)];
  }
  if (!(await isTaken(port))) {
    return [fine(CHECK, `${HOST}:${port} is free${own === undefined ? "" : `; the daemon serves ${own.address}`}`)];
  }
  const holder = await identifyPortHolder(port);
  const message = `${HOST}:${port} is held by ${holder}`;
  if (own !== undefined) return [warn(CHECK, `${message}; the daemon of this home serves ${own.address}`, null)];
  const remedy = "end that program, or give the daemon another port: line.port in config.yaml, or -p";
  return [blame(CHECK, `${message}, so no daemon of this home can serve it`, remedy)];
}

async function checkOwnPort(address: string): Promise<Diagnosis> {
  const port = Number(address.split(":").at(-1));
  const reply = await askLine({ host: HOST, port }, "whoami:", ANSWER_MS).catch(() => "");
  if (reply.includes('"TypeScript"')) return fine(CHECK, `${address} is held by the daemon`);
  const holder = (await isTaken(port)) ? `is held by ${await identifyPortHolder(port)}` : "is not open";
  return blame(CHECK, `the daemon claims to serve ${address}, but that ${holder}`, "wpdaemon restart");
}
