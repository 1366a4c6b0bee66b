import { isIP } from "node:net";
import { connectTcp, type TcpStream } from "./tcp-stream.ts";

/** Where a SOCKS5 proxy listens, and who asks. */
export interface SocksProxy {
  readonly port: number;
  readonly host?: string;
  readonly username?: string;
  readonly password?: string;
}

export interface Destination {
  /** An address goes as such, anything else as a name. */
  readonly host: string;
  readonly port: number;
}

/** The proxy said no. */
export class SocksRefusal extends Error {
  /** @param reply RFC 1928's REP, or 255 where no method of authentication, and 256 where no credentials were good. */
  constructor(readonly reply: number) {
    super(`the SOCKS proxy refused with ${reply}`);
  }
}

/** CONNECT, RFC 1928. @throws SocksRefusal, Error where the proxy ends without an answer. */
export async function connectThroughSocks(proxy: SocksProxy, destination: Destination): Promise<TcpStream> {
  const { stream } = await request(proxy, 1, destination);
  return stream;
}

/** A UDP association: datagrams there and back, with their far ends. */
export interface UdpAssociation extends Disposable {
  /** The TCP connection whose end ends the association. */
  readonly control: TcpStream;
  /** Where the proxy takes datagrams. */
  readonly relay: Destination;
  send(payload: Uint8Array | string, destination: Destination): void;
  /** A whole datagram as it goes to the proxy, header and all. */
  sendRaw(datagram: Uint8Array): void;
  receive(): Promise<{ readonly payload: Uint8Array; readonly from: Destination }>;
}

/** UDP ASSOCIATE, RFC 1928. @throws SocksRefusal, Error where the proxy ends without an answer. */
export async function associateUdp(proxy: SocksProxy): Promise<UdpAssociation> {
  const { stream: control, bound: relay } = await request(proxy, 3, { host: "0.0.0.0", port: 0 });
  const received: Uint8Array[] = [];
  let news = Promise.withResolvers<void>();
  const socket = await Bun.udpSocket({
    hostname: "127.0.0.1",
    connect: { hostname: relay.host, port: relay.port },
    socket: {
      data(_, datagram) {
        received.push(Buffer.from(datagram));
        news.resolve();
        news = Promise.withResolvers<void>();
      },
    },
  });
  return {
    control,
    relay,
    send(payload, destination) {
      socket.send(Buffer.concat([new Uint8Array([0, 0, 0]), encodeDestination(destination), Buffer.from(payload)]));
    },
    sendRaw: (datagram) => void socket.send(datagram),
    async receive() {
      for (;;) {
        const datagram = received.shift();
        if (datagram !== undefined) return parseDatagram(Buffer.from(datagram));
        await news.promise;
      }
    },
    [Symbol.dispose]() {
      socket.close();
      control.close();
    },
  };
}

async function request(proxy: SocksProxy, command: number, destination: Destination) {
  const stream = await connectTcp(proxy.host ?? "127.0.0.1", proxy.port);
  try {
    await authenticate(stream, proxy);
    await stream.write(Buffer.concat([new Uint8Array([5, command, 0]), encodeDestination(destination)]));
    const [, reply = 1] = await stream.readExactly(3);
    if (reply !== 0) throw new SocksRefusal(reply);
    return { stream, bound: await readDestination(stream) };
  } catch (error) {
    stream.close();
    throw error;
  }
}

/** RFC 1928's greeting and RFC 1929's credentials. */
async function authenticate(stream: TcpStream, { username, password }: SocksProxy): Promise<void> {
  const offered = username === undefined ? 0 : 2;
  await stream.write(new Uint8Array([5, 1, offered]));
  const [, method = 255] = await stream.readExactly(2);
  if (method === 255) throw new SocksRefusal(255);
  if (method !== 2) return;
  await stream.write(Buffer.concat([new Uint8Array([1]), withLength(username ?? ""), withLength(password ?? "")]));
  const [, status = 1] = await stream.readExactly(2);
  if (status !== 0) throw new SocksRefusal(256);
}

function encodeDestination({ host, port }: Destination): Uint8Array {
  const ports = new Uint8Array([port >> 8, port & 255]);
  const family = isIP(host);
  if (family === 4) return Buffer.concat([new Uint8Array([1]), new Uint8Array(host.split(".").map(Number)), ports]);
  if (family === 6) return Buffer.concat([new Uint8Array([4]), encodeIpv6(host), ports]);
  return Buffer.concat([new Uint8Array([3]), withLength(host), ports]);
}

function encodeIpv6(host: string): Uint8Array {
  const [head = "", tail] = host.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const front = groups(head);
  const back = groups(tail ?? "");
  const zeros = new Array<number>(8 - front.length - back.length).fill(0);
  return new Uint8Array([...front, ...zeros, ...back].flatMap((group) => [group >> 8, group & 255]));
}

function withLength(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return Buffer.concat([new Uint8Array([bytes.length]), bytes]);
}

async function readDestination(stream: TcpStream): Promise<Destination> {
  const [type = 0] = await stream.readExactly(1);
  const [length = 0] = type === 3 ? await stream.readExactly(1) : [type === 1 ? 4 : 16];
  const rest = Buffer.from(await stream.readExactly(length + 2));
  return { host: hostText(type, rest.subarray(0, length)), port: rest.readUInt16BE(length) };
}

function parseDatagram(datagram: Buffer): { readonly payload: Uint8Array; readonly from: Destination } {
  const type = datagram.readUInt8(3);
  const start = type === 3 ? 5 : 4;
  const end = start + (type === 1 ? 4 : type === 4 ? 16 : datagram.readUInt8(4));
  const from = { host: hostText(type, datagram.subarray(start, end)), port: datagram.readUInt16BE(end) };
  return { payload: datagram.subarray(end + 2), from };
}

/** An IPv6 address in its eight groups, without zeros at their front. */
function hostText(type: number, bytes: Buffer): string {
  if (type === 1) return bytes.join(".");
  if (type === 3) return bytes.toString();
  return Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(group * 2).toString(16)).join(":");
}
