import type { ChannelId, DataMessage } from "../../src/linksocks/codec/message.ts";
import type { HostAndPort } from "../../src/net/host-and-port.ts";

/** A UDP socket on loopback that keeps what it hears. */
export interface UdpPeer extends Disposable {
  readonly port: number;
  readonly heard: readonly { readonly body: Buffer; readonly host: string; readonly port: number }[];
  send(body: Uint8Array | string, to: HostAndPort): void;
}

/** @param host an address of this machine. */
export async function openUdpPeer(host = "127.0.0.1"): Promise<UdpPeer> {
  const heard: { body: Buffer; host: string; port: number }[] = [];
  const socket = await Bun.udpSocket({
    hostname: host,
    binaryType: "buffer",
    socket: { data: (_, body, port, from) => void heard.push({ body, host: from, port }) },
  });
  return {
    port: socket.port,
    heard,
    send: (body, to) => void socket.send(body, to.port, to.host),
    [Symbol.dispose]: () => socket.close(),
  };
}

/** A datagram as it comes over a link. */
export function datagram(
  channel: ChannelId,
  body: Uint8Array | string,
  ends: Partial<Pick<DataMessage, "source" | "target" | "isCompressed">>,
): DataMessage {
  return {
    type: "data",
    channel,
    protocol: "udp",
    isCompressed: false,
    source: undefined,
    target: undefined,
    ...ends,
    body: Buffer.from(body),
  };
}
