import { listenTo, NO_LISTENER, type SocketStream } from "../../net/byte-stream.ts";
import { containUdpSocket } from "../../net/contained-sockets.ts";
import type { HostAndPort } from "../../net/host-and-port.ts";
import {
  decodeSocksDatagram,
  encodeSocksDatagram,
  encodeSocksReply,
  SOCKS_REPLY,
} from "../../net/proxy/socks-codec.ts";
import { letGo } from "../../platform/containment.ts";
import { unmapIPv4 } from "../../platform/network/ip-address.ts";
import { startTimer } from "../../platform/timers.ts";
import type { Channel, Trunk } from "../channel/trunk.ts";
import { inflateDatagram } from "../codec/inflate.ts";
import type { DataMessage } from "../codec/message.ts";
import { newUuid } from "../codec/uuid.ts";
import { RESPONSE_MS } from "./open-tcp.ts";
import { replyCodeFor } from "./reply-code.ts";

/**
 * A UDP association: datagrams of the SOCKS client go to the exit, each with its own target, and come back with their
 * source. It lives as long as the TCP connection that asked for it; RFC 1928 section 6,
 * docs/protocols/linksocks.md#socks5-side.
 */
export function openUdp(stream: SocketStream, trunk: Trunk): void {
  const id = newUuid();
  let socket: Bun.udp.Socket<"buffer"> | undefined;
  let isAccepted = false;
  let client: HostAndPort | undefined;
  let isOver = false;
  let giveBack: (() => void) | undefined;
  const { part } = trunk.link;
  const timer = startTimer(part, RESPONSE_MS, () => refuse("timed out", true));

  const channel: Channel = {
    receive(message) {
      if (message.type === "data") deliver(message);
      else if (message.type === "connect-response" && message.success) letGo(part, bind(), () => end(true));
      else if (message.type === "connect-response") refuse(message.error, false);
      else if (message.type === "disconnect") end(false);
    },
    onLinkLost: () => refuse("the connection to the peer was lost", false),
  };
  if (trunk.add(id, channel)) trunk.send({ type: "connect", channel: id, protocol: "udp" });
  else refuse("the connection to the peer was lost", false);
  listenTo(stream, {
    // Nothing is to be said on it any more; what comes is ignored and not, as with Go, the end.
    ...NO_LISTENER,
    onEnd: () => end(true),
    onClose: () => end(true),
  });
  stream.resume();

  async function bind(): Promise<void> {
    clearTimeout(timer);
    if (isAccepted || isOver) return;
    isAccepted = true;
    giveBack = trunk.takeTargets(1);
    if (giveBack === undefined) return refuse("too many connections", true);
    const host = unmapIPv4(stream.localAddress);
    try {
      socket = await Bun.udpSocket({
        hostname: host,
        binaryType: "buffer",
        socket: containUdpSocket(part, (_, bytes, port, address) => take(bytes, address, port)),
      });
    } catch {
      return refuse("no UDP socket can be opened", true);
    }
    if (isOver) return socket.close();
    stream.write(encodeSocksReply(SOCKS_REPLY.succeeded, { host, port: socket.port }));
  }

  /** Passes a datagram of the client on to the exit. Only its own host may use the association. */
  function take(bytes: Buffer, host: string, port: number): void {
    if (unmapIPv4(host) !== unmapIPv4(stream.remoteAddress)) return;
    const datagram = decodeSocksDatagram(bytes);
    // A datagram may be lost; one that would have to wait is.
    if (datagram === undefined || datagram.address.host === "" || trunk.link.isCongested) return;
    client = { host, port };
    const { address: target, body } = datagram;
    trunk.send({ type: "data", channel: id, protocol: "udp", body, target });
  }

  /** Passes a datagram of the exit on to where the client last sent from. */
  function deliver(message: DataMessage): void {
    const { source } = message;
    const body = inflateDatagram(message);
    if (client === undefined || source === undefined || body === undefined) return;
    try {
      socket?.send(encodeSocksDatagram({ address: source, body }), client.port, client.host);
    } catch {
      // The client has closed its port, or the datagram is too long with its head.
    }
  }

  function refuse(reason: string, tells: boolean): void {
    if (socket === undefined && !isOver) stream.write(encodeSocksReply(replyCodeFor(reason)));
    end(tells);
  }

  function end(tells: boolean): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    trunk.remove(id);
    if (tells) trunk.send({ type: "disconnect", channel: id, reason: "" });
    socket?.close();
    giveBack?.();
    stream.end();
  }
}
