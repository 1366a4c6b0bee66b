import { afterEach, expect, mock, spyOn, test } from "bun:test";
import * as frames from "../../src/linksocks/channel/read-frame.ts";
import * as requests from "../../src/linksocks/entry/serve-request.ts";
import * as admission from "../../src/linksocks/server/admit.ts";
import { authResponseFrame, channelId, connectFrame, TYPE } from "../rig/linksocks-frames.ts";
import { startOwnClient } from "../rig/linksocks-in-process.ts";
import { connectTcp } from "../rig/tcp-stream.ts";
import { until } from "../rig/until.ts";
import { start, stopAll } from "./server/server-rig.ts";

const TOKEN = "a-token";

afterEach(async () => {
  mock.restore();
  await stopAll();
});

test("a fault over one client of a server closes that one, and its neighbour is served", async () => {
  const { server, connect } = await start();
  server.tokens.addForward(TOKEN);
  using victim = await connect(TOKEN);
  using bystander = await connect(TOKEN);
  for (const client of [victim, bystander]) await client.next(TYPE.authResponse);
  failOnce(spyOn(frames, "readFrame"));
  victim.send(connectFrame(channelId("one"), "127.0.0.1", 1));
  await victim.closed;
  bystander.send(connectFrame(channelId("two"), "127.0.0.1", 1));
  expect((await bystander.next(TYPE.connectResponse)).length).toBeGreaterThan(0);
});

test("a fault while a client is let in leaves no place taken, and the next one comes in", async () => {
  const { server, url, connect } = await start();
  server.tokens.addForward(TOKEN);
  for (let count = 0; count < 100; count += 1) failOnce(spyOn(admission, "admit"));
  for (let count = 0; count < 100; count += 1) await failToConnect(`${url}/socket`);
  mock.restore();
  using next = await connect(TOKEN);
  expect(await next.next(TYPE.authResponse)).toEqual(authResponseFrame());
});

test("a fault over one SOCKS client of a tunnel ends that connection, and the next one is carried", async () => {
  const { server, url } = await start();
  server.tokens.addForward(TOKEN);
  using target = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { open: (socket) => void socket.end("hello"), data() {} },
  });
  const client = await startOwnClient({ url, token: TOKEN, role: "client" });
  await client.ready;
  failOnce(spyOn(requests, "serveRequest"));
  const ask = async () => {
    const stream = await connectTcp("127.0.0.1", client.socksPort ?? 0);
    const request = [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, target.port >> 8, target.port & 0xff];
    await stream.write(new Uint8Array(request));
    return stream;
  };
  using victim = await ask();
  await until("the victim has ended", () =>
    victim.read().then(
      (bytes) => bytes === undefined,
      () => true,
    ),
  );
  using next = await ask();
  expect([...(await next.readExactly(2))]).toEqual([5, 0]);
  await next.readExactly(10);
  expect(String(await next.readExactly(5))).toBe("hello");
  await client.stop();
});

function failOnce(spied: { mockImplementationOnce(act: () => never): unknown }): void {
  spied.mockImplementationOnce(() => {
    throw new Error("a defect");
  });
}

/** Resolves once the server has closed it. */
async function failToConnect(url: string): Promise<void> {
  const socket = new WebSocket(url);
  await new Promise<void>((resolve) => {
    socket.onclose = () => resolve();
  });
}
