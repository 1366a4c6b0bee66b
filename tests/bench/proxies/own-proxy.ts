// The listener of a tunnel's port, with hosts dialled directly, as tinyproxy and privoxy do it.
import { connectStream, NO_LISTENER } from "../../../src/net/byte-stream.ts";
import { listenForProxy } from "../../../src/net/proxy/proxy-listener.ts";
import { serveByDial } from "../../../src/net/proxy/serve-by-dial.ts";

const credentials = { username: "", password: "" };
const part = "bench";

listenForProxy({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  credentials,
  part,
  onRefused: () => undefined,
  serve: (client) =>
    serveByDial(client, {
      part,
      credentials,
      async dial(target) {
        const stream = await connectStream(target, NO_LISTENER, 10_000);
        stream.pause();
        return stream;
      },
    }),
});
