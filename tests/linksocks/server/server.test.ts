import { afterEach, describe, expect, test } from "bun:test";
import type { ServerOptions } from "../../../src/linksocks/options.ts";
import { Failure } from "../../../src/platform/failure.ts";
import { freePort } from "../../rig/free-port.ts";
import {
  authFrame,
  authResponseFrame,
  channelId,
  connectFrame,
  dataFrame,
  frame,
  str8,
  TYPE,
} from "../../rig/linksocks-frames.ts";
import { startOwnServer } from "../../rig/linksocks-in-process.ts";
import { openRawLink, type RawLink } from "../../rig/raw-link.ts";
import { accepts } from "../../rig/socks.ts";
import { serveTcp } from "../../rig/tcp-stream.ts";
import { until } from "../../rig/until.ts";
import { start, stopAll } from "./server-rig.ts";
import { reverse, sha256 } from "./token-rig.ts";

const TOKEN = "a-token-that-no-log-shows";
const INSTANCE = "00112233-4455-6677-8899-aabbccddeeff";

afterEach(stopAll);

describe("a client", () => {
  test("a client that names its token by its hash is let in, and greeted", async () => {
    const { server, connect } = await start();
    server.tokens.addForward(TOKEN);
    using client = await connect(TOKEN);
    expect(await client.next(TYPE.authResponse)).toEqual(authResponseFrame());
    expect(client.received[0]).toEqual(authResponseFrame());
  });

  test("a client that sends its token in a message is let in", async () => {
    const { server, url } = await start();
    server.tokens.addForward(TOKEN);
    using client = await openRawLink(`${url}/socket`);
    client.send(authFrame(TOKEN, false));
    expect(await client.next(TYPE.authResponse)).toEqual(authResponseFrame());
  });

  test.each([
    ["with a wrong token", "wrong", "invalid token"],
    ["with its token as it is", undefined, "invalid token format"],
  ])("%s is told so, closed, and named in the log by its address alone", async (_, token, reason) => {
    const { server, url, lines } = await start();
    server.tokens.addForward(TOKEN);
    using client = await openRawLink(`${url}/socket?token=${token === undefined ? TOKEN : sha256(token)}`);
    expect(await client.next(TYPE.authResponse)).toEqual(authResponseFrame(reason));
    expect(await client.closed).toEqual({ code: 1008, reason });
    expect(lines.at(-1)).toBe(`warn 127.0.0.1 was refused: ${reason}`);
    expect(lines.join()).not.toContain(TOKEN);
  });

  test("a client that has shown a hundred wrong tokens is not even asked", async () => {
    const { server, url, connect, lines } = await start({ now: () => 0, trustedProxies: ["127.0.0.1"] });
    server.tokens.addForward(TOKEN);
    const by = (address: string) => ({ "X-Forwarded-For": address });
    const attempts = Array.from({ length: 100 }, () => openRawLink(`${url}/socket?token=x`, by("192.0.2.1")));
    await Promise.all((await Promise.all(attempts)).map(({ closed }) => closed));
    expect(lines.filter((line) => line.startsWith("warn 192.0.2.1 was refused"))).toHaveLength(100);
    await expect(connect(TOKEN, "", by("192.0.2.1"))).rejects.toThrow();
    using other = await connect(TOKEN, "", by("192.0.2.2"));
    expect(await other.next(TYPE.authResponse)).toEqual(authResponseFrame());
  });

  test("a client is served: what it asks for is dialled, and carried both ways", async () => {
    const { server, connect } = await start();
    server.tokens.addForward(TOKEN);
    const echo = serveTcp("127.0.0.1", 0, async (stream) => stream.write((await stream.read()) ?? ""));
    using client = await connect(TOKEN);
    const before = server.activity();
    client.send(connectFrame(channelId("c"), "127.0.0.1", echo.port));
    client.send(dataFrame(channelId("c"), "hello"));
    expect(await client.next(TYPE.data)).toEqual(dataFrame(channelId("c"), "hello"));
    expect(server.activity()).toBe(before + 10);
    echo.close();
  });

  test("a client that goes is told of in the log, and what it has carried still counts", async () => {
    const { server, connect, lines } = await start();
    server.tokens.addForward(TOKEN);
    const before = server.activity();
    const client = await connect(TOKEN);
    await client.next(TYPE.authResponse);
    expect(server.activity()).toBe(before + 1);
    client.send(dataFrame(channelId("c"), "for a channel that there is not"));
    client.close();
    await until("its end", () => lines.at(-1)?.startsWith("info client from 127.0.0.1 disconnected: "));
    expect(server.activity()).toBe(before + 31);
    expect(lines.join()).not.toContain(TOKEN);
  });
});

describe("a provider", () => {
  test("a provider finds its port open when it learns that it is accepted", async () => {
    const { server, connect } = await start();
    const { port } = server.tokens.addReverse(reverse(TOKEN, { port: freePort() }));
    expect(await accepts(port)).toBe(false);
    using provider = await connect(TOKEN);
    await provider.next(TYPE.authResponse);
    expect(await accepts(port)).toBe(true);
  });

  test("a provider is not waited for where the ports are to open with their tokens", async () => {
    const { server } = await start({ socksWithoutWaiting: true });
    const { port } = server.tokens.addReverse(reverse(TOKEN, { port: freePort() }));
    expect(await accepts(port)).toBe(true);
  });

  test("a provider is known by its instance, however that is written", async () => {
    const { server, connect } = await start();
    server.tokens.addReverse(reverse(TOKEN, { autonomy: true }));
    const ways = [INSTANCE, INSTANCE.replaceAll("-", ""), INSTANCE.toUpperCase()];
    const providers = await Promise.all(ways.map((instance) => connect(TOKEN, `&instance=${instance}`)));
    for (const provider of providers) expect(await addConnector(provider, "c1")).toBe("ok");
    expect(server.tokens.findByText("c1")?.owner).toBe(INSTANCE);
    for (const provider of providers) provider.close();
  });

  test.each(["", "&instance=", "&instance=nobody", `&instance=${INSTANCE}0`])(
    "a provider is one of its own where it says %p of its instance",
    async (instance) => {
      const { server, connect } = await start();
      server.tokens.addReverse(reverse(TOKEN, { autonomy: true }));
      using one = await connect(TOKEN, instance);
      using other = await connect(TOKEN, instance);
      expect(await addConnector(one, "c1")).toBe("ok");
      expect(await addConnector(other, "c1")).toBe("connector token already exists");
      expect(server.tokens.findByText("c1")?.owner).toMatch(/^[\da-f]{8}-[\da-f]{4}-4/);
    },
  );

  test("a provider that was started anew takes its connector token over, once the former one is gone", async () => {
    const { server, connect, lines } = await start();
    server.tokens.addReverse(reverse(TOKEN, { autonomy: true }));
    const former = await connect(TOKEN, `&instance=${INSTANCE}`);
    using later = await connect(TOKEN);
    expect(await addConnector(former, "c1")).toBe("ok");
    expect(await addConnector(later, "c1")).toBe("connector token already exists");
    using connector = await connect("c1");
    await connector.next(TYPE.authResponse);
    former.close();
    await until("its end", () => lines.some((line) => line.startsWith("info provider from 127.0.0.1 disconnected")));
    expect(await addConnector(later, "c1")).toBe("ok");
    expect(server.tokens.findByText("c1")?.owner).not.toBe(INSTANCE);
    expect(await connector.closed).toEqual({ code: 1008, reason: "token removed" });
    using again = await connect("c1");
    expect(await again.next(TYPE.authResponse)).toEqual(authResponseFrame());
  });
});

describe("a token that is removed", () => {
  test("a token that is removed closes its clients, and theirs who came by a token that led to it, and nobody else", async () => {
    const { server, connect } = await start();
    server.tokens.addReverse(reverse(TOKEN, { port: freePort() }));
    server.tokens.addConnector("c1", TOKEN);
    server.tokens.addForward("f1");
    const gone = await Promise.all([connect(TOKEN), connect(TOKEN), connect("c1")]);
    using staying = await connect("f1");
    for (const client of [...gone, staying]) await client.next(TYPE.authResponse);
    expect(server.tokens.remove(TOKEN)).toBe(true);
    const ends = await Promise.all(gone.map(({ closed }) => closed));
    expect(ends).toEqual(new Array(3).fill({ code: 1008, reason: "token removed" }));
    expect(staying.isClosed()).toBe(false);
    using returning = await connect(TOKEN);
    expect(await returning.next(TYPE.authResponse)).toEqual(authResponseFrame("invalid token"));
  });

  test("a token that is removed has freed its port when that has happened", async () => {
    const { server, connect } = await start({ socksWithoutWaiting: true });
    const port = freePort();
    server.tokens.addReverse(reverse(TOKEN, { port }));
    using provider = await connect(TOKEN);
    await provider.next(TYPE.authResponse);
    server.tokens.remove(TOKEN);
    expect(await accepts(port)).toBe(false);
    server.tokens.addReverse(reverse("another", { port }));
    expect(await accepts(port)).toBe(true);
  });
});

describe("starting and stopping", () => {
  test("it says where it listens", async () => {
    const { server, lines } = await start();
    expect(server.port).toBeGreaterThan(0);
    expect(lines).toEqual([`info listening on 127.0.0.1:${server.port}`]);
  });

  test("a port that is taken, and an address of somebody else, are failures", async () => {
    const { server } = await start();
    expect(await failureOf({ port: server.port })).toMatchObject({
      code: "address-in-use",
      message: `cannot listen on 127.0.0.1:${server.port}: the port is taken`,
    });
    expect(await failureOf({ host: "192.0.2.1", port: 8_765 })).toMatchObject({
      code: "start-failed",
      message: "cannot listen on 192.0.2.1:8765",
    });
  });

  test("it stops once, also where it is told twice: clients are told, ports are free, nobody is let in", async () => {
    const { server, connect, url } = await start();
    const { port } = server.tokens.addReverse(reverse(TOKEN, { port: freePort() }));
    const provider = await connect(TOKEN);
    const silent = await openRawLink(`${url}/socket`);
    await provider.next(TYPE.authResponse);
    await Promise.all([server.stop(), server.stop()]);
    expect(await provider.closed).toEqual({ code: 1001, reason: "the server stops" });
    await silent.closed;
    expect([await accepts(port), await accepts(server.port)]).toEqual([false, false]);
    await server.stop();
  });
});

/** @returns `ok` or the error. */
async function addConnector(provider: RawLink, token: string): Promise<string> {
  provider.send(frame(0x07, channelId("request"), str8(token), [1]));
  const answer = await provider.next(TYPE.connectorResponse);
  return answer[18] === 1 ? "ok" : answer.subarray(20).toString();
}

async function failureOf(options: Partial<ServerOptions>): Promise<Failure> {
  const error = await startOwnServer(options).then(
    (server) => server.stop(),
    (reason: unknown) => reason,
  );
  if (error instanceof Failure) return error;
  throw new Error("it has started");
}
