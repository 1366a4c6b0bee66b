import { containUdpSocket } from "../../net/contained-sockets.ts";
import type { HostAndPort } from "../../net/host-and-port.ts";
import { letGo } from "../../platform/containment.ts";
import { isIPv4, unmapIPv4 } from "../../platform/network/ip-address.ts";
import { startTimer } from "../../platform/timers.ts";
import type { Channel, Trunk } from "../channel/trunk.ts";
import { inflateDatagram } from "../codec/inflate.ts";
import type { ConnectMessage, DataMessage } from "../codec/message.ts";
import type { Destinations } from "./destinations.ts";

type Family = 4 | 6;
type UdpSocket = Bun.udp.Socket<"buffer">;

/**
 * An association that carries nothing for so long has been forgotten by its SOCKS side: Go tells no exit of its end
 * behind a router.
 */
const IDLE_MS = 10 * 60_000;

/** How long a target's address is used again, and of how many targets it is remembered. */
const CHOSEN_MS = 10_000;
const MOST_CHOSEN = 256;

/** What may wait for the addresses of its targets, in bytes; each datagram counts as longer than it is, by what it takes. */
const MOST_WAITING_BYTES = 512 * 1024;
const DATAGRAM_OVERHEAD = 512;

/**
 * Carries the datagrams of one association; replies come from anywhere. docs/protocols/linksocks.md#udp.
 * @param onOver is called once it has ended.
 */
export function serveUdp(
  { channel: id }: ConnectMessage,
  trunk: Trunk,
  destinations: Pick<Destinations, "chooseForDatagram">,
  onOver: () => void,
): void {
  const sockets = new Map<Family, Promise<UdpSocket | undefined>>();
  const chosen = new Map<string, { readonly address: Promise<string | undefined>; readonly until: number }>();
  let waitingBytes = 0;
  let isOver = false;
  trunk.associations += 1;
  const { part } = trunk.link;
  let idle = startTimer(part, IDLE_MS, () => end("idle"));

  const channel: Channel = {
    receive(message) {
      if (message.type === "data") letGo(part, send(message), () => end("internal error"));
      else if (message.type === "disconnect") end(undefined);
    },
    onLinkLost: () => end(undefined),
  };
  trunk.add(id, channel);
  trunk.send({ type: "connect-response", channel: id, success: true, error: "" });

  /** A datagram that cannot be sent is lost, as UDP may; the association stays. */
  async function send(message: DataMessage): Promise<void> {
    const { target } = message;
    const body = inflateDatagram(message);
    if (target === undefined || target.port === 0 || body === undefined) return;
    idle = idle.refresh();
    const size = body.length + DATAGRAM_OVERHEAD;
    if (waitingBytes + size > MOST_WAITING_BYTES) return;
    waitingBytes += size;
    const address = await choose(target);
    const socket = address === undefined || isOver ? undefined : await socketFor(isIPv4(address) ? 4 : 6);
    waitingBytes -= size;
    if (address === undefined || isOver) return;
    try {
      socket?.send(body, target.port, address);
    } catch {
      // No route, or too long for the path.
    }
  }

  /** An association asks the same few targets again and again. */
  async function choose(target: HostAndPort): Promise<string | undefined> {
    const key = `${target.host} ${target.port}`;
    const known = chosen.get(key);
    if (known !== undefined && performance.now() < known.until) return await known.address;
    const address = destinations.chooseForDatagram(target);
    if (chosen.size >= MOST_CHOSEN) chosen.clear();
    chosen.set(key, { address, until: performance.now() + CHOSEN_MS });
    return await address;
  }

  function socketFor(family: Family): Promise<UdpSocket | undefined> {
    return sockets.getOrInsertComputed(family, async () => {
      const socket = await open(family);
      // A refusal, as where no descriptor is free, is not remembered: the next datagram asks again.
      if (socket === undefined) sockets.delete(family);
      return socket;
    });
  }

  async function open(family: Family): Promise<UdpSocket | undefined> {
    try {
      const socket = await Bun.udpSocket({
        hostname: family === 4 ? "0.0.0.0" : "::",
        binaryType: "buffer",
        socket: containUdpSocket(part, (_, body, port, host) => pass(body, { host: unmapIPv4(host), port })),
      });
      if (isOver) socket.close();
      return socket;
    } catch {
      return undefined;
    }
  }

  function pass(body: Buffer, source: HostAndPort): void {
    idle = idle.refresh();
    // What would have to wait is lost, so that memory is not.
    if (trunk.link.isCongested) return;
    trunk.send({ type: "data", channel: id, protocol: "udp", body, source });
  }

  function end(reason: string | undefined): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(idle);
    trunk.remove(id);
    trunk.associations -= 1;
    onOver();
    if (reason !== undefined) trunk.send({ type: "disconnect", channel: id, reason });
    for (const socket of sockets.values())
      letGo(
        part,
        socket.then((open) => open?.close()),
      );
  }
}
