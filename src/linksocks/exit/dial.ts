import { type ByteStream, connectStream, createMailbox, type SocketStream } from "../../net/byte-stream.ts";
import type { HostAndPort } from "../../net/host-and-port.ts";
import { connectThroughHttp } from "../../net/proxy/http-connect.ts";
import { type ProxyAddress, ProxyError } from "../../net/proxy/proxy-address.ts";
import { connectThroughSocks } from "../../net/proxy/socks-client.ts";
import { SOCKS_REPLY } from "../../net/proxy/socks-codec.ts";
import { systemCode } from "../../platform/failure.ts";
import { isIP } from "../../platform/network/ip-address.ts";
import { isReachable } from "../../platform/network/network-watch.ts";
import { settlesWithin } from "../../platform/waiting.ts";
import type { Destinations } from "./destinations.ts";
import { DialError } from "./resolve.ts";

/**
 * Connects to a target within 10 s. What the target sends is kept until somebody listens to the stream.
 * @throws DialError
 */
export type Dial = (target: HostAndPort) => Promise<ByteStream>;

/** Name resolution, connecting and an upstream proxy's handshake may take so long together. */
const DIAL_MS = 10_000;

/** An address that has not answered by then is tried beside the next one; RFC 8305 section 5. */
const NEXT_ADDRESS_MS = 250;

/**
 * The way to targets that the user has chosen, as far as `destinations` lets: through `upstream`, which resolves the
 * names; or directly, where the system does, and the first of a name's addresses that answers wins.
 */
export function createDial(upstream: ProxyAddress | undefined, destinations: Destinations): Dial {
  return async (target) => {
    // What no resolver knows would break a proxy's request apart, or mean another host to it: `user@127.0.0.1`.
    if (!isIP(target.host) && !/^[\w.-]+$/.test(target.host)) throw new DialError("invalid host name");
    try {
      if (upstream === undefined) return await connectWithin(DIAL_MS, target, destinations);
      await destinations.admit(target);
      const connect = upstream.kind === "socks5" ? connectThroughSocks : connectThroughHttp;
      return (await connect(upstream, target, DIAL_MS)).release();
    } catch (error) {
      if (error instanceof DialError) throw error;
      const text = upstream === undefined ? describeFailure(error) : describeProxyFailure(error);
      throw new DialError(text, { cause: error });
    }
  };
}

async function connectWithin(milliseconds: number, target: HostAndPort, destinations: Destinations) {
  const until = performance.now() + milliseconds;
  const choosing = destinations.choose(target);
  if (!(await settlesWithin(choosing, milliseconds))) throw new Error("timed out");
  const [only, ...others] = (await choosing).map((host) => ({ host, port: target.port }));
  if (only === undefined) throw new DialError("host not found");
  const left = until - performance.now();
  try {
    return others.length === 0 ? await connectStream(only, createMailbox(), left) : await race([only, ...others], left);
  } catch (error) {
    // Bun tells an unreachable network as a refusal.
    const isUnreachable = ({ host, port }: HostAndPort) => !isReachable(host, port);
    if (systemCode(error) !== "ECONNREFUSED" || ![only, ...others].every(isUnreachable)) throw error;
    throw new DialError("network is unreachable", { cause: error });
  }
}

/** The first that answers; each one is tried when the one before has failed, or has let us wait. @throws as the first. */
async function race(addresses: readonly HostAndPort[], milliseconds: number): Promise<SocketStream> {
  const until = performance.now() + milliseconds;
  const won = Promise.withResolvers<SocketStream>();
  const failures: unknown[] = [];
  let isWon = false;
  for (const address of addresses) {
    if (isWon) break;
    const attempt = connectStream(address, createMailbox(), until - performance.now()).then(take, fail);
    await settlesWithin(attempt, NEXT_ADDRESS_MS);
  }
  return await won.promise;

  function take(stream: SocketStream): void {
    if (isWon) stream.terminate();
    isWon = true;
    won.resolve(stream);
  }

  function fail(error: unknown): void {
    failures.push(error);
    if (failures.length === addresses.length) won.reject(failures[0]);
  }
}

/** What Bun calls the failures of connecting and of name resolution, and what we tell the other side. */
const TEXTS: { readonly [code: string]: string } = {
  // Bun tells most failures that come after the first packet as this one.
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  ENETUNREACH: "network is unreachable",
  EHOSTUNREACH: "no route to host",
  ETIMEDOUT: "timed out",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EADDRNOTAVAIL: "no local address fits",
  EINVAL: "invalid address",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
  ENOTFOUND: "host not found",
  EAI_AGAIN: "name resolution failed",
};

function describeFailure(error: unknown): string {
  const code = systemCode(error);
  if (code !== undefined) return TEXTS[code] ?? "connection failed";
  return isTimeout(error) ? "timed out" : "connection failed";
}

/** What a SOCKS5 proxy says of the target, and not of itself. */
const OF_TARGET: readonly (number | undefined)[] = [
  SOCKS_REPLY.networkUnreachable,
  SOCKS_REPLY.hostUnreachable,
  SOCKS_REPLY.connectionRefused,
  SOCKS_REPLY.timedOut,
];

function describeProxyFailure(error: unknown): string {
  if (isTimeout(error)) return "timed out";
  if (error instanceof ProxyError) {
    if (error.reply === SOCKS_REPLY.notAllowed) return "not allowed by the upstream proxy";
    return OF_TARGET.includes(error.reply) ? error.message : `upstream proxy: ${error.message}`;
  }
  const message = error instanceof Error ? error.message : "";
  if (message === "closed early") return "upstream proxy: closed the connection";
  if (message === "too long") return "upstream proxy: answer is too long";
  return `upstream proxy: ${describeFailure(error)}`;
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === "timed out";
}
