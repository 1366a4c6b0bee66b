import { type ByteStream, connectStream, createMailbox } from "../../net/byte-stream.ts";
import type { HostAndPort } from "../../net/host-and-port.ts";
import { connectThroughHttp } from "../../net/proxy/http-connect.ts";
import { type ProxyAddress, ProxyError } from "../../net/proxy/proxy-address.ts";
import { connectThroughSocks } from "../../net/proxy/socks-client.ts";
import { SOCKS_REPLY } from "../../net/proxy/socks-codec.ts";
import { systemCode } from "../../platform/failure.ts";

/**
 * Connects to a target within 10 s. What the target sends is kept until somebody listens to the stream.
 * @throws DialError
 */
export type Dial = (target: HostAndPort) => Promise<ByteStream>;

/** A target that cannot be reached. Its message goes over the wire, so it is short and names no secret. */
export class DialError extends Error {}

/** Name resolution, connecting and an upstream proxy's handshake may take so long together. */
const DIAL_MS = 10_000;

/**
 * The way to targets that the user has chosen: through `upstream`, which resolves the names; or directly, where the
 * system does, and the first of a name's addresses that answers wins.
 */
export function createDial(upstream: ProxyAddress | undefined): Dial {
  return async (target) => {
    // A host that no resolver knows, and that would break a proxy's request apart.
    if (!/^[!-~]+$/.test(target.host)) throw new DialError("invalid host name");
    try {
      if (upstream === undefined) return await connectStream(target, createMailbox(), DIAL_MS);
      const connect = upstream.kind === "socks5" ? connectThroughSocks : connectThroughHttp;
      return (await connect(upstream, target, DIAL_MS)).release();
    } catch (error) {
      const text = upstream === undefined ? describeFailure(error) : describeProxyFailure(error);
      throw new DialError(text, { cause: error });
    }
  };
}

/** What Bun calls the failures of connecting and of name resolution, and what we tell the other side. */
const TEXTS: { readonly [code: string]: string } = {
  // Bun tells most failures that come after the first packet as this one, an unreachable network as well.
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
