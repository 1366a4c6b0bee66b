import { expect } from "bun:test";
import {
  authResponseFrame,
  bodyOf,
  channelOf,
  connectFrame,
  connectResponseFrame,
  dataFrame,
  logFrame,
  TYPE,
} from "./linksocks-frames.ts";
import { OWN_LINKSOCKS } from "./linksocks-own.ts";
import type { LinksocksOptions, LinksocksPeer } from "./linksocks-peer.ts";
import type { RawLink } from "./raw-link.ts";
import { type RawServer, startRawServer } from "./raw-server.ts";
import { connectThroughSocks, type Destination } from "./socks5-client.ts";
import type { TcpStream } from "./tcp-stream.ts";
import { until } from "./until.ts";

/** A client or provider of ours, and a server whose bytes the test writes. */
export interface RawServerScene extends AsyncDisposable {
  readonly server: RawServer;
  readonly peer: LinksocksPeer;
  /** The client's first WebSocket, or a later one. */
  link(index?: number): Promise<RawLink>;
  /** Resolves when the client has read all that was sent so far. */
  settle(link: RawLink): Promise<void>;
}

/** @param greet what the server says to each WebSocket. */
export async function setRawServerScene(
  role: "client" | "provider",
  options: LinksocksOptions = {},
  greet = (link: RawLink) => link.send(authResponseFrame()),
): Promise<RawServerScene> {
  const links: RawLink[] = [];
  const server = startRawServer({
    onLink(link) {
      links.push(link);
      greet(link);
    },
  });
  const peer = await OWN_LINKSOCKS.start(role, { url: server.url, token: "token", ...options });
  let settled = 0;
  return {
    server,
    peer,
    link: (index = 0) => until(`connection ${index}`, () => links[index]),
    async settle(link) {
      settled += 1;
      link.send(logFrame("info", `settled ${settled}`));
      await until("the client has read so far", () => peer.output().includes(`settled ${settled}`));
    },
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Connects through a client's SOCKS port. @returns what its server hears, and the stream once that has agreed. */
export async function askThrough({ peer }: RawServerScene, link: RawLink, destination: Destination) {
  const stream = connectThroughSocks({ port: peer.socksPort }, destination);
  return { stream, connect: await link.next(TYPE.connect) };
}

/** The same, and the server agrees. */
export async function openThrough(scene: RawServerScene, link: RawLink): Promise<TcpStream> {
  const { stream, connect } = await askThrough(scene, link, { host: "example.com", port: 443 });
  link.send(connectResponseFrame(channelOf(connect)));
  return await stream;
}

/** Whoever is at the other end of `link` reaches the echo at `port`. */
export async function expectEcho(link: RawLink, channel: Buffer, port: number): Promise<void> {
  link.send(connectFrame(channel, "127.0.0.1", port));
  expect(await link.next(TYPE.connectResponse)).toEqual(connectResponseFrame(channel));
  link.send(dataFrame(channel, "hello"));
  expect(bodyOf(await link.next(TYPE.data)).toString()).toBe("hello");
}
