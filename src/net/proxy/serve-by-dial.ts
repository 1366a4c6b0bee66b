import { letGo } from "../../platform/containment.ts";
import { type ByteStream, createMailbox, listenTo } from "../byte-stream.ts";
import type { HostAndPort } from "../host-and-port.ts";
import { pump } from "../pump.ts";
import type { ServedClient } from "./proxy-listener.ts";
import { encodeProxyReply } from "./proxy-reply.ts";
import type { ConnectRequest, ProxyCredentials } from "./proxy-request.ts";
import { SOCKS_REPLY, type SocksReplyCode } from "./socks-codec.ts";

interface DialOptions {
  readonly part: string;
  readonly credentials: ProxyCredentials;
  /** Connects to a host; gives the reason, as SOCKS has it, where that fails. */
  dial(target: HostAndPort): Promise<ByteStream | SocksReplyCode>;
}

/** Carries out what a client wants over connections that `dial` makes. There is no UDP. */
export async function serveByDial(client: ServedClient, options: DialOptions): Promise<void> {
  const { stream, request, noteIdle } = client;
  switch (request.command) {
    case "connect":
      return await connect(stream, request, options);
    case "udp-associate":
      stream.write(encodeProxyReply(request.protocol, SOCKS_REPLY.commandNotSupported));
      stream.end();
      return;
    case "forward": {
      const { forwardHttp } = await import("./http/forward.ts");
      const serveConnect = (asked: ConnectRequest) =>
        letGo(options.part, connect(stream, asked, options), () => stream.terminate());
      return await forwardHttp(stream, request, { ...options, serveConnect, noteIdle });
    }
  }
}

async function connect(client: ByteStream, { protocol, target }: ConnectRequest, { dial }: DialOptions): Promise<void> {
  const waiting = createMailbox();
  listenTo(client, waiting);
  const reached = await dial(target);
  if (typeof reached !== "number") {
    if (waiting.isClosed) return reached.end();
    client.write(encodeProxyReply(protocol, SOCKS_REPLY.succeeded));
    pump(client, reached);
  } else if (!waiting.isClosed) {
    client.write(encodeProxyReply(protocol, reached));
    client.end();
  }
}
