import { freePort } from "../../rig/free-port.ts";
import { serverUrl } from "../../rig/linksocks-peer.ts";
import type { Maker } from "../linksocks/pair.ts";
import { startListening } from "../linksocks/script.ts";
import { setUp } from "../linksocks/set-up.ts";
import type { Subject } from "../linksocks/subject.ts";
import { transfer } from "../linksocks/transfer.ts";
import type { OpenDoor } from "./door.ts";
import type { LoadPlan } from "./plan.ts";
import { type Fare, watchRequests } from "./watch.ts";

const CLIENTS = 4;

/** A LinkSocks server and a client of it: the port of the one, or the SOCKS port of the other. */
export async function openLinkDoor(door: "link" | "socks", maker: Maker, plan: LoadPlan): Promise<OpenDoor> {
  await using ends = new AsyncDisposableStack();
  const target = ends.use(await startListening("target"));
  const [port, socksPort] = [freePort(), freePort()];
  ends.use(await maker.startServer(port));
  ends.use(await maker.startClient(serverUrl(port), socksPort));
  const all = ends.move();
  return {
    port: door === "link" ? port : socksPort,
    target: target.port,
    watch: (milliseconds) => watchRelay({ port: socksPort, beyond: target.port }, plan, milliseconds),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** A SOCKS proxy without a link. */
export async function openProxyDoor(start: NonNullable<Subject["start"]>, plan: LoadPlan): Promise<OpenDoor> {
  await using ends = new AsyncDisposableStack();
  const target = ends.use(await startListening("target"));
  const { entry } = ends.use(await start(target.port));
  const all = ends.move();
  return {
    port: entry.port,
    target: target.port,
    watch: (milliseconds) => watchRelay(entry, plan, milliseconds),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Connections up to their first echoed byte, and then what one stream carries. */
async function watchRelay(
  entry: { readonly port: number; readonly beyond?: number | undefined },
  { transferMs }: LoadPlan,
  milliseconds: number,
): Promise<Fare> {
  const clients = Array.from({ length: CLIENTS }, () => async () => void (await setUp(entry, 1)));
  const fare = await watchRequests(clients, milliseconds);
  const stream = {
    direction: "down",
    content: "zeros",
    streams: 1,
    warmUpMs: transferMs / 2,
    milliseconds: transferMs,
    pids: [],
  } as const;
  const carried = await transfer(entry, stream).catch(() => undefined);
  return { ...fare, rate: carried === undefined ? 0 : carried.bytes / 1e3 / carried.milliseconds };
}
