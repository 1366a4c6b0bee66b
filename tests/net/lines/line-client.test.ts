import { expect, test } from "bun:test";
import { askLine } from "../../../src/net/lines/line-client.ts";
import { systemCode } from "../../../src/platform/failure.ts";
import { freePort } from "../../rig/free-port.ts";

const PATIENCE = 60_000;

test("a reply comes back whole, however it is spread over packets, and without what follows it", async () => {
  using server = serve((socket) => {
    socket.write("one re");
    socket.flush();
    setImmediate(() => socket.write("ply ä\nsecond\n"));
  });
  expect(await askLine(server, "who", PATIENCE)).toBe("one reply ä");
  expect(server.heard()).toBe("who\n");
});

test("a server that closes without a word is told so", async () => {
  using server = serve((socket) => void socket.end());
  await expect(askLine(server, "who", PATIENCE)).rejects.toThrow("closed early");
});

test("a server that says nothing times out", async () => {
  using server = serve(() => undefined);
  await expect(askLine(server, "who", 30)).rejects.toThrow("timed out");
});

test("where nobody listens the system's code is kept", async () => {
  const address = { host: "127.0.0.1", port: freePort() };
  expect(await askLine(address, "who", PATIENCE).catch(systemCode)).toBe("ECONNREFUSED");
});

/** A server on loopback that does `react` when it is asked something. */
function serve(react: (socket: Bun.Socket<undefined>) => void) {
  let heard = "";
  const listener = Bun.listen<undefined>({
    hostname: "127.0.0.1",
    port: 0,
    data: undefined,
    socket: {
      data(socket, chunk) {
        heard += new TextDecoder().decode(chunk);
        react(socket);
      },
    },
  });
  return {
    host: "127.0.0.1",
    port: listener.port,
    heard: () => heard,
    [Symbol.dispose]: () => listener.stop(true),
  };
}
