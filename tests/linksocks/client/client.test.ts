import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { freePort } from "../../rig/free-port.ts";
import { errorOf } from "../../rig/rejection.ts";
import { accepts } from "../../rig/socks.ts";
import { connectThroughSocks } from "../../rig/socks5-client.ts";
import { serveTcp } from "../../rig/tcp-stream.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";
import { echo, serve, start, startPair, stopAll, stopAtEnd } from "./running-rig.ts";

const VERY_LONG_MS = 600_000;

afterEach(stopAll);

describe("a client", () => {
  test("a client is ready once SOCKS is accepted and leads somewhere", async () => {
    const { client, lines } = await startPair();
    await client.ready;
    expect(lines).toContain(`info SOCKS5 is accepted on 127.0.0.1:${client.socksPort}`);
    expect(await echo(client)).toBe("hello");
    await until("the end of the channel", () => client.status().channels === 0);
    expect(client.status()).toMatchObject({ connected: 1, receivedBytes: 5, sentBytes: 5, lastFailure: undefined });
    expect(client.status().silentMs).toBeGreaterThanOrEqual(0);
  });

  test("a client has as many connections as it is told to, and spreads over them", async () => {
    const { client, lines } = await startPair({ threads: 3 });
    await until("all", () => client.status().connected === 3);
    for (const number of [1, 2, 3]) expect(lines).toContain(`info connected to the server (${number}/3)`);
    for (let count = 0; count < 3; count += 1) expect(await echo(client)).toBe("hello");
  });

  test("a client accepts SOCKS before it is connected where it is to, and serves who has waited", async () => {
    const port = freePort();
    const { client } = await start({ url: `ws://127.0.0.1:${port}`, socksWithoutWaiting: true });
    expect(await accepts(client.socksPort ?? 0)).toBe(true);
    const echoed = echo(client);
    await serve({ port });
    expect(await echoed).toBe("hello");
  });

  test("a client does not accept SOCKS before it is connected otherwise", async () => {
    const { client } = await start({ url: `ws://127.0.0.1:${freePort()}` });
    expect(client.socksPort).toBeUndefined();
  });

  test("a client carries again after a reconnect at the same port, and has counted what it carried before", async () => {
    const port = freePort();
    const former = await serve({ port });
    const { client } = await start({ url: former.url });
    await client.ready;
    const { socksPort } = client;
    await echo(client);
    await former.stop();
    await until("the loss", () => client.status().connected === 0);
    expect(client.status()).toMatchObject({ receivedBytes: 5, sentBytes: 5, silentMs: undefined });
    await serve({ port });
    expect(await echo(client)).toBe("hello");
    expect(client.socksPort).toBe(socksPort);
    await until("the end of the channel", () => client.status().receivedBytes === 10);
  });

  test("a client tells why it is not connected while it is not", async () => {
    const { client } = await start({ url: `ws://127.0.0.1:${freePort()}`, reconnectDelayMs: VERY_LONG_MS });
    await until("the failure", () => client.status().lastFailure);
    expect(client.status()).toEqual({
      connected: 0,
      channels: 0,
      silentMs: undefined,
      roundTripMs: undefined,
      lastFailure: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+ refuses connections$/),
      receivedBytes: 0,
      sentBytes: 0,
    });
  });

  test("a client tells whenever a connection comes or goes", async () => {
    let changes = 0;
    const { client, server } = await startPair({
      onChange: () => {
        changes += 1;
      },
    });
    await client.ready;
    expect(changes).toBe(1);
    await server.stop();
    await until("the loss", () => client.status().connected === 0);
    expect(changes).toBe(2);
  });

  test("a client tries at once where the network has changed", async () => {
    const port = freePort();
    const { client } = await start({ url: `ws://127.0.0.1:${port}`, reconnectDelayMs: VERY_LONG_MS });
    await until("the failure", () => client.status().lastFailure);
    await serve({ port });
    client.retryNow();
    await client.ready;
  });

  test("a client asks the server whether it is there", async () => {
    const { client } = await startPair();
    await client.ready;
    expect(await client.ping(10_000)).toBeGreaterThanOrEqual(0);
    expect(client.status().roundTripMs).toBeGreaterThanOrEqual(0);
  });

  test("a client that has no connection gets no answer to that in time", async () => {
    const { client } = await start({ url: `ws://127.0.0.1:${freePort()}`, reconnectDelayMs: VERY_LONG_MS });
    expect(await errorOf(client.ping(1))).toMatchObject({ code: "timed-out" });
  });
});

describe("a client that cannot be meant", () => {
  test("a client that cannot be meant because of its URL is not started", async () => {
    expect(await errorOf(start({ url: "ftp://127.0.0.1" }))).toMatchObject({ code: "usage" });
  });

  test("a client that cannot be meant because of its certificates is not started", async () => {
    using folder = temporaryFolder();
    const empty = join(folder.path, "empty.pem");
    await Bun.write(empty, "nothing");
    for (const certificateAuthority of [join(folder.path, "missing.pem"), empty]) {
      const starting = start({ url: "wss://127.0.0.1:1", certificateAuthority });
      expect(await errorOf(starting)).toMatchObject({ code: "usage" });
    }
  });

  test("a client that cannot be meant because its SOCKS port is taken is not started, or ends once it would open", async () => {
    const squatter = Bun.listen({ hostname: "127.0.0.1", port: 0, exclusive: true, socket: { data() {} } });
    stopAtEnd(() => squatter.stop(true));
    const socks = { host: "127.0.0.1", port: squatter.port, username: "", password: "" };
    const { url } = await serve();
    expect(await errorOf(start({ url, socks, socksWithoutWaiting: true }))).toMatchObject({
      code: "address-in-use",
    });
    const { client } = await start({ url, socks });
    expect(await errorOf(client.ready)).toMatchObject({ code: "address-in-use" });
    expect(await errorOf(client.ended)).toMatchObject({ code: "address-in-use" });
    await until("its end", () => client.status().connected === 0);
  });

  test("a client that cannot be meant because its token is refused ends, with all of its connections", async () => {
    const { url } = await serve();
    const { client, lines } = await start({ url, token: "wrong-and-secret", threads: 2 });
    for (const promise of [client.ready, client.ended]) {
      expect(await errorOf(promise)).toMatchObject({
        code: "start-failed",
        message: "authentication failed: invalid token",
      });
    }
    expect(client.status().connected).toBe(0);
    expect(lines.join()).not.toContain("wrong-and-secret");
  });
});

describe("stopping", () => {
  test("stopping a client ends it for good, its port and what it carries with it, and may be said twice", async () => {
    const { client } = await startPair({ threads: 2 });
    await client.ready;
    const port = client.socksPort ?? 0;
    const target = serveTcp("127.0.0.1", 0, async (stream) => void (await stream.read()));
    stopAtEnd(target.close);
    using carried = await connectThroughSocks({ port }, { host: "127.0.0.1", port: target.port });
    await Promise.all([client.stop(), client.stop()]);
    expect(await client.ended).toBeUndefined();
    await carried.read().catch(() => undefined);
    expect([await accepts(port), client.status().connected]).toEqual([false, 0]);
    await client.stop();
  });

  test("stopping a client before it was ever connected is told to who waits for that", async () => {
    const { client } = await start({ url: `ws://127.0.0.1:${freePort()}`, reconnectDelayMs: VERY_LONG_MS });
    await client.stop();
    expect(await errorOf(client.ready)).toMatchObject({ message: "stopped before it was connected" });
    expect(await client.ended).toBeUndefined();
  });
});
