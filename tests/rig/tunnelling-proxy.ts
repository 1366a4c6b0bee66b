import { createOutbox, type Outbox } from "../../src/net/outbox.ts";

/** What a client asked an upstream proxy for. */
export interface ProxyRequest {
  /** `host:port`, the host as it came. */
  readonly target: string;
  /** An HTTP request's head. */
  readonly head?: string;
  /** Of SOCKS5: the type of the target's address, and the methods that were offered. */
  readonly addressType?: number;
  readonly methods?: readonly number[];
  /** `user:password`, where they were given. */
  readonly credentials?: string | undefined;
}

export interface UpstreamProxyOptions {
  readonly username?: string;
  readonly password?: string;
  /** How it says that the tunnel is open: at once, byte by byte, or in one write with the target's first bytes. */
  readonly answer?: "whole" | "split" | "merged";
  /** It opens no tunnel, but answers with this status or reply. */
  readonly refuse?: number;
  /** A port of loopback that every tunnel leads to, whatever target was asked for. */
  readonly leadsTo?: number;
  /** It hears the request and never answers. */
  readonly isSilent?: boolean;
  /** Of HTTP: what is sent in place of `HTTP/1.1 200 …` and its empty line. */
  readonly successHead?: string;
}

/** A real proxy on loopback that records what it was asked. */
export interface UpstreamProxy {
  readonly host: string;
  readonly port: number;
  readonly requests: readonly ProxyRequest[];
  /** Connections of clients that are open now. */
  readonly open: number;
  [Symbol.dispose](): void;
}

/** What a proxy makes of a client's request. */
export interface Verdict {
  readonly request: ProxyRequest;
  readonly isOpen: boolean;
  readonly answer: Uint8Array;
}

/** One side of a tunnel, and the other once there is one. Before that its bytes are read in the order they came. */
export interface Side {
  socket: Bun.Socket<Side>;
  outbox: Outbox;
  unread: Buffer;
  hasEnded: boolean;
  news: PromiseWithResolvers<void>;
  other: Side | undefined;
  take(count: number): Promise<Buffer>;
  takeHead(): Promise<string>;
  send(bytes: Uint8Array): void;
}

/** The part that both kinds of proxy share: `negotiate` reads a client's request, and the tunnel is laid here. */
export function startProxy(
  options: UpstreamProxyOptions,
  negotiate: (client: Side) => Promise<Verdict>,
): UpstreamProxy {
  const requests: ProxyRequest[] = [];
  const sides = new Set<Side>();
  const clients = new Set<Side>();
  const handlers: Bun.SocketHandler<Side> = {
    open(socket) {
      socket.data = createSide(socket);
      sides.add(socket.data);
    },
    data({ data: side }, chunk) {
      if (side.other === undefined) side.unread = Buffer.concat([side.unread, chunk]);
      else side.other.send(Buffer.from(chunk));
      side.news.resolve();
    },
    drain: ({ data: side }) => void side.outbox.writeTo(side.socket),
    end({ data: side }) {
      side.hasEnded = true;
      side.news.resolve();
      if (side.other === undefined) side.socket.end();
      else finishWriting(side.other);
    },
    close({ data: side }) {
      sides.delete(side);
      clients.delete(side);
      side.hasEnded = true;
      side.news.resolve();
      side.other?.socket.end();
    },
  };
  const listener = Bun.listen<Side>({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: {
      ...handlers,
      open(socket) {
        handlers.open?.(socket);
        clients.add(socket.data);
        serve(socket.data).catch(() => socket.end());
      },
    },
  });
  return {
    host: "127.0.0.1",
    port: listener.port,
    requests,
    get open() {
      return clients.size;
    },
    [Symbol.dispose]() {
      listener.stop(true);
      for (const side of sides) side.socket.terminate();
    },
  };

  async function serve(client: Side): Promise<void> {
    const { request, isOpen, answer } = await negotiate(client);
    requests.push(request);
    if (options.isSilent) return;
    if (!isOpen) {
      await sendAnswer(client, answer);
      client.socket.end();
      return;
    }
    const target = await connect(request.target);
    if (options.answer === "merged") {
      await until(target, () => target.unread.length > 0);
      client.send(Buffer.concat([answer, target.unread]));
      target.unread = Buffer.alloc(0);
    } else await sendAnswer(client, answer);
    join(client, target);
  }

  async function sendAnswer(client: Side, answer: Uint8Array): Promise<void> {
    if (options.answer !== "split") return client.send(answer);
    for (const byte of answer) {
      client.send(new Uint8Array([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async function connect(target: string): Promise<Side> {
    const [, host = "", port] = /^\[?(.*?)\]?:(\d+)$/.exec(target) ?? [];
    const { leadsTo } = options;
    const address =
      leadsTo === undefined ? { hostname: host, port: Number(port) } : { hostname: "127.0.0.1", port: leadsTo };
    const socket = await Bun.connect<Side>({ ...address, allowHalfOpen: true, socket: handlers });
    return socket.data;
  }
}

function join(one: Side, two: Side): void {
  for (const [from, to] of [
    [one, two],
    [two, one],
  ] as const) {
    from.other = to;
    if (from.unread.length > 0) to.send(from.unread);
    if (from.hasEnded) finishWriting(to);
  }
}

/** A FIN, behind all that waits. */
function finishWriting(side: Side): void {
  if (side.outbox.waiting === 0) side.socket.shutdown();
  else setImmediate(finishWriting, side);
}

function createSide(socket: Bun.Socket<Side>): Side {
  const side: Side = {
    socket,
    outbox: createOutbox(),
    unread: Buffer.alloc(0),
    hasEnded: false,
    news: Promise.withResolvers<void>(),
    other: undefined,
    take: (count) => takeUpTo(() => (side.unread.length < count ? -1 : count)),
    takeHead: async () => (await takeUpTo(() => endOf(side.unread.indexOf("\r\n\r\n")))).toString("latin1"),
    send(bytes) {
      side.outbox.push(bytes);
      side.outbox.writeTo(socket);
    },
  };
  return side;

  async function takeUpTo(measure: () => number): Promise<Buffer> {
    await until(side, () => measure() >= 0);
    const count = measure();
    const taken = side.unread.subarray(0, count);
    side.unread = side.unread.subarray(count);
    return taken;
  }
}

async function until(side: Side, isReached: () => boolean): Promise<void> {
  while (!isReached()) {
    if (side.hasEnded) throw new Error("closed early");
    await side.news.promise;
    side.news = Promise.withResolvers<void>();
  }
}

function endOf(index: number): number {
  return index === -1 ? -1 : index + 4;
}
