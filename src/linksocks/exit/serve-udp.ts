import type { HostAndPort } from "../../net/host-and-port.ts";
import { isIPv4, isIPv6, unmapIPv4 } from "../../platform/network/ip-address.ts";
import type { Channel, Trunk } from "../channel/trunk.ts";
import { inflateBody } from "../codec/inflate.ts";
import { type ConnectMessage, type DataMessage, udpData } from "../codec/message.ts";

type Family = 4 | 6;
type UdpSocket = Bun.udp.Socket<"buffer">;

/**
 * An association that carries nothing for so long has been forgotten by its SOCKS side: Go tells no exit of its end
 * behind a router.
 */
const IDLE_MS = 10 * 60_000;

/** Carries the datagrams of one association; replies come from anywhere. docs/protocols/linksocks.md#udp. */
export function serveUdp({ channel: id }: ConnectMessage, trunk: Trunk): void {
  const sockets = new Map<Family, Promise<UdpSocket | undefined>>();
  let isOver = false;
  let idle = setTimeout(() => end("idle"), IDLE_MS);

  const channel: Channel = {
    receive(message) {
      if (message.type === "data") void send(message);
      else if (message.type === "disconnect") end(undefined);
    },
    onLinkLost: () => end(undefined),
  };
  trunk.add(id, channel);
  trunk.send({ type: "connect-response", channel: id, success: true, error: "", window: undefined });

  /** A datagram that cannot be sent is lost, as UDP may; the association stays. */
  async function send(message: DataMessage): Promise<void> {
    const { target } = message;
    const body = inflateBody(message);
    if (target === undefined || target.port === 0 || body === undefined) return;
    idle = idle.refresh();
    const address = isLiteral(target.host) ? target.host : await resolve(target.host);
    if (address === undefined || isOver) return;
    const socket = await socketFor(isIPv4(address) ? 4 : 6);
    try {
      if (!isOver) socket?.send(body, target.port, address);
    } catch {
      // No route, or too long for the path.
    }
  }

  function socketFor(family: Family): Promise<UdpSocket | undefined> {
    const known = sockets.get(family);
    if (known !== undefined) return known;
    const opening = open(family);
    sockets.set(family, opening);
    return opening;
  }

  async function open(family: Family): Promise<UdpSocket | undefined> {
    try {
      const socket = await Bun.udpSocket({
        hostname: family === 4 ? "0.0.0.0" : "::",
        binaryType: "buffer",
        socket: {
          data: (_, body, port, host) => pass(body, { host: unmapIPv4(host), port }),
          error: () => undefined,
        },
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
    trunk.send(udpData(id, body, { source }));
  }

  function end(reason: string | undefined): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(idle);
    trunk.remove(id);
    if (reason !== undefined) trunk.send({ type: "disconnect", channel: id, reason });
    for (const socket of sockets.values()) void socket.then((open) => open?.close());
  }
}

/** Bun remembers what it has looked up for half a minute. */
async function resolve(name: string): Promise<string | undefined> {
  try {
    const found = await Bun.dns.lookup(name);
    return (found.find(({ family }) => family === 4) ?? found[0])?.address;
  } catch {
    return undefined;
  }
}

function isLiteral(host: string): boolean {
  return isIPv4(host) || isIPv6(host);
}
