import type { ByteStream } from "../../net/byte-stream.ts";
import { type HostAndPort, parseHostAndPort } from "../../net/host-and-port.ts";
import { ProxyError } from "../../net/proxy/proxy-address.ts";
import { listenForProxy, type ProxyListener } from "../../net/proxy/proxy-listener.ts";
import type { ProxyCredentials } from "../../net/proxy/proxy-request.ts";
import { serveByDial } from "../../net/proxy/serve-by-dial.ts";
import { connectThroughSocks } from "../../net/proxy/socks-client.ts";
import { SOCKS_REPLY, type SocksReplyCode } from "../../net/proxy/socks-codec.ts";
import { letGo } from "../../platform/containment.ts";
import { Failure } from "../../platform/failure.ts";
import type { RunningTunnel } from "../driver/driver.ts";
import type { PortClaims } from "../driver/port-claims.ts";

const HOST = "127.0.0.1";

/** The child's SOCKS proxy gives up on a host before that. */
const DIAL_MS = 30_000;

/** A child's SOCKS proxy, and how one gets in. */
export interface ChildSocks {
  /** `host:port`. */
  readonly address: string;
  /** Asked for at the HTTP port, too; both empty where it asks for none. */
  readonly credentials: ProxyCredentials;
  /** Whose it is, see platform/containment.ts. */
  readonly part: string;
}

/** The first goes with SOCKS on 25344, the next with 25345, where both are free. Below what systems give to outgoing connections. */
const FIRST_PORT = 10_344;
const LAST_PORT = 10_599;
const FIRST_SOCKS_PORT = 25_344;

/**
 * Opens the HTTP port of a tunnel on a port that nobody has, and claims it.
 * @param last the port that it had before. @returns undefined where none is free: SOCKS does without.
 */
export async function openAnyHttpPort(
  socks: ChildSocks,
  last: number | undefined,
  claims: PortClaims,
  owner: string,
): Promise<ProxyListener | undefined> {
  const beside = (parseHostAndPort(socks.address)?.port ?? 0) - FIRST_SOCKS_PORT + FIRST_PORT;
  const range = Array.from({ length: LAST_PORT - FIRST_PORT + 1 }, (_, index) => FIRST_PORT + index);
  const wanted = beside >= FIRST_PORT && beside <= LAST_PORT ? [beside] : [];
  for (const port of new Set([...(last === undefined ? [] : [last]), ...wanted, ...range])) {
    if (!(await claims.tryClaim({ transport: "tcp", host: HOST, port }, owner))) continue;
    const listener = openHttpPort(port, socks);
    if (listener !== undefined) return listener;
  }
  return undefined;
}

/** Closes the port as soon as the tunnel has ended, or is left to another daemon. */
export function closeWith(running: RunningTunnel, listener: ProxyListener, part: string): RunningTunnel {
  letGo(part, running.ended.then(listener.stop));
  return {
    ...running,
    http: `${HOST}:${listener.port}`,
    async release() {
      listener.stop();
      await running.release();
    },
  };
}

/**
 * The HTTP proxy of a tunnel whose child has none: wireproxy's own answers 405 to all but GET and CONNECT. It goes through
 * the child's SOCKS, is carried by the daemon, and ends with it; the child's SOCKS does not.
 * @param port of 127.0.0.1. @returns undefined where it is taken.
 */
export function openHttpPort(port: number, { address, credentials, part }: ChildSocks): ProxyListener | undefined {
  const socks = parseHostAndPort(address);
  if (socks === undefined) return undefined;
  const host = socks.host === "0.0.0.0" ? "127.0.0.1" : socks.host === "::" ? "::1" : socks.host;
  const child = { ...socks, ...credentials, host };
  try {
    return listenForProxy({
      host: HOST,
      port,
      credentials,
      part,
      // A log of the child's is no place for it, and the client is told.
      onRefused: () => undefined,
      serve: (client) => serveByDial(client, { part, credentials, dial: (target) => dial(child, target) }),
    });
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

async function dial(child: HostAndPort & ProxyCredentials, target: HostAndPort): Promise<ByteStream | SocksReplyCode> {
  try {
    const stream = (await connectThroughSocks(child, target, DIAL_MS)).release();
    stream.pause();
    return stream;
  } catch (error) {
    return error instanceof ProxyError ? codeOf(error.reply) : SOCKS_REPLY.generalFailure;
  }
}

function codeOf(reply: number | undefined): SocksReplyCode {
  const known = Object.values(SOCKS_REPLY).find((code) => code === reply && code !== SOCKS_REPLY.succeeded);
  return known ?? SOCKS_REPLY.generalFailure;
}
