import { connectStream, NO_LISTENER } from "../../../src/net/byte-stream.ts";
import type { HostAndPort } from "../../../src/net/host-and-port.ts";
import { listenForProxy } from "../../../src/net/proxy/proxy-listener.ts";
import { serveByDial } from "../../../src/net/proxy/serve-by-dial.ts";
import { SOCKS_REPLY } from "../../../src/net/proxy/socks-codec.ts";

const OPEN = { username: "", password: "" };

/** A proxy within this process that dials directly. */
export function startProxy(credentials = OPEN) {
  const dialled: HostAndPort[] = [];
  const refusals: string[] = [];
  const listener = listenForProxy({
    host: "127.0.0.1",
    port: 0,
    credentials,
    part: "proxy",
    onRefused: (text) => void refusals.push(text),
    serve: (client) => serveByDial(client, { part: "proxy", credentials, dial }),
  });
  return {
    port: listener.port,
    dialled,
    refusals,
    url: `http://127.0.0.1:${listener.port}`,
    [Symbol.dispose]: () => listener.stop(),
  };

  async function dial(target: HostAndPort) {
    dialled.push(target);
    if (target.host === "blocked.example") return SOCKS_REPLY.notAllowed;
    try {
      const stream = await connectStream(target, NO_LISTENER, 10_000);
      stream.pause();
      return stream;
    } catch {
      return SOCKS_REPLY.connectionRefused;
    }
  }
}
