import type { HostAndPort } from "../../net/host-and-port.ts";
import { listenForProxy, type ProxyListener, type ServedClient } from "../../net/proxy/proxy-listener.ts";
import { encodeProxyReply } from "../../net/proxy/proxy-reply.ts";
import type { ConnectRequest, ProxyCredentials } from "../../net/proxy/proxy-request.ts";
import { SOCKS_REPLY } from "../../net/proxy/socks-codec.ts";
import { letGo } from "../../platform/containment.ts";
import { createBoundedLog } from "../bounded-log.ts";
import type { Trunk } from "../channel/trunk.ts";
import type { ClientOptions } from "../options.ts";
import { dial, serveRequest } from "./serve-request.ts";

export interface SocksListenerOptions extends Pick<ClientOptions, "fastOpen" | "part" | "log"> {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly credentials: ProxyCredentials;
  /** The connection to carry the next request; waits for one, and gives undefined after a while. */
  pickTrunk(): Trunk | Promise<Trunk | undefined>;
}

/** Accepts SOCKS and HTTP; docs/protocols/linksocks.md#socks5-side. @throws Failure `address-in-use`, `start-failed`. */
export function listenForSocks(options: SocksListenerOptions): ProxyListener {
  const { host, port, credentials, part, log } = options;
  const refusals = createBoundedLog(log, "refusals on the SOCKS5 port", () => performance.now());
  return listenForProxy({
    host,
    port,
    credentials,
    part,
    onRefused: (text) => refusals("warn", text),
    serve: (client) => serve(client, options),
  });
}

async function serve(client: ServedClient, options: SocksListenerOptions): Promise<void> {
  const { stream, request, noteIdle } = client;
  const { pickTrunk, fastOpen, part, credentials } = options;
  if (request.command === "forward") {
    const { forwardHttp } = await import("../../net/proxy/http/forward.ts");
    const serveConnect = (asked: ConnectRequest) =>
      letGo(part, serve({ ...client, request: asked }, options), () => stream.terminate());
    const dialTarget = async (target: HostAndPort) => {
      const trunk = await pickTrunk();
      return trunk === undefined ? SOCKS_REPLY.networkUnreachable : await dial(trunk, target, fastOpen);
    };
    return await forwardHttp(stream, request, { part, credentials, dial: dialTarget, serveConnect, noteIdle });
  }
  const picked = pickTrunk();
  const trunk = picked instanceof Promise ? await picked : picked;
  if (client.hasGone()) return;
  if (trunk === undefined) {
    stream.write(encodeProxyReply(request.protocol, SOCKS_REPLY.networkUnreachable));
    stream.end();
    return;
  }
  serveRequest({ stream, request, trunk, fastOpen });
}
