import { afterEach, describe, expect, jest, spyOn, test } from "bun:test";
import { advance, settled, turn } from "../../rig/event-loop.ts";
import { freePort } from "../../rig/free-port.ts";
import { authResponseFrame, frame, partnersFrame, str8 } from "../../rig/linksocks-frames.ts";
import type { RawLink } from "../../rig/raw-link.ts";
import { errorOf } from "../../rig/rejection.ts";
import { until } from "../../rig/until.ts";
import { TOKEN } from "./client-rig.ts";
import { connect, serveWithoutGoodbye, sha256 } from "./connection-rig.ts";

const VERY_LONG_MS = 600_000;
const refuse = (link: RawLink) => link.send(authResponseFrame("invalid token"));

afterEach(() => void jest.useRealTimers());

describe("a connection", () => {
  test("a connection is opened, carries messages, is lost and opened again, each told in its turn", async () => {
    await using rig = connect();
    const first = await rig.opened(0);
    expect(rig.connection.current).toBeDefined();
    first.send(partnersFrame(1));
    await until("the message", () => rig.heard.length === 2);
    first.close();
    await rig.link(1);
    await until("the next", () => rig.heard.length === 4);
    expect(rig.heard).toEqual(["opened", "partners", "lost", "opened"]);
    expect(rig.trunks.size).toBe(2);
  });

  test("a connection is tried again until the server is there, for ever slower", async () => {
    jest.useFakeTimers();
    using _middle = spyOn(Math, "random").mockReturnValue(0.5);
    await using rig = connect({
      greet: () => undefined,
      options: { reconnectDelayMs: 1_000, longestReconnectDelayMs: 2_000 },
    });
    for (let attempt = 0; attempt < 4; attempt += 1) {
      while (rig.links.length <= attempt) await turn();
      rig.links[attempt]?.close();
      while (rig.retries().length <= attempt) await turn();
      await advance(999);
      if (attempt === 0) expect(rig.links).toHaveLength(1);
      await advance(1_001);
    }
    expect(rig.retries().map((line) => Number(/again in ([\d.]+) s$/.exec(line)?.[1]))).toEqual([1, 1.5, 2, 2]);
  });

  test("a connection starts anew with the first delay once it was open", async () => {
    await using rig = connect({ options: { reconnectDelayMs: 1 } });
    for (let count = 0; count < 15; count += 1) (await rig.opened(count)).close();
    await rig.link(15);
    expect(new Set(rig.retries().map((line) => line.split("; ").at(-1)))).toEqual(new Set(["trying again in 0.0 s"]));
  });

  test("a connection says in the log when it is open and why it is not, with its number among several, and no token", async () => {
    await using rig = connect({ label: " (2/3)" });
    const link = await rig.opened(0);
    expect(rig.connection.lastFailure).toBeUndefined();
    link.close();
    await until("the next", () => rig.heard.length === 3);
    expect(rig.lines[0]).toBe("info connected to the server (2/3)");
    expect(rig.lines[1]).toMatch(/^warn no connection \(2\/3\): .+; trying again in 0\.0 s$/);
    expect(rig.lines.join()).not.toContain(TOKEN);
  });

  test("a connection tells why there is none while there is none", async () => {
    await using rig = connect({ options: { url: `ws://127.0.0.1:${freePort()}`, reconnectDelayMs: VERY_LONG_MS } });
    const failure = await until("the failure", () => rig.connection.lastFailure);
    expect(failure).toMatch(/^ws:\/\/127\.0\.0\.1:\d+ refuses connections$/);
    expect(rig.connection.current).toBeUndefined();
  });

  test("a connection presents the token that the server has given, from the next time on", async () => {
    await using rig = connect({ greet: (link) => link.send(frame(0x02, [1], str8("given"))) });
    (await rig.opened(0)).close();
    await rig.link(1);
    expect(rig.tokens()).toEqual([TOKEN, "given"].map(sha256));
  });

  test("a connection is anonymous without a token", async () => {
    await using rig = connect({ options: { token: "" } });
    await rig.link(0);
    expect(rig.tokens()).toEqual([sha256("anonymous")]);
  });
});

describe("it ends with a failure", () => {
  test("a connection ends with a failure where the connection is lost and is not to come back", async () => {
    await using rig = connect({ options: { reconnects: false } });
    (await rig.opened(0)).close();
    const failure = await errorOf(rig.connection.ended);
    expect(failure).toMatchObject({ code: "start-failed" });
    expect(failure.message).toMatch(/^the connection to the server was lost: ./);
    expect(rig.heard).toEqual(["opened", "lost"]);
  });

  test("a connection ends with a failure where the server is not there and is not to be waited for", async () => {
    await using rig = connect({ options: { url: `ws://127.0.0.1:${freePort()}`, reconnects: false } });
    expect(await errorOf(rig.connection.ended)).toMatchObject({
      code: "start-failed",
      message: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+ refuses connections$/),
      hint: "check the URL, and that the server runs",
    });
    expect(rig.heard).toEqual([]);
  });

  test.each([
    [TOKEN, "check the token and the role"],
    ["", "please provide a token with -t or set LINKSOCKS_TOKEN"],
  ])("a connection ends with a failure where the token %p is refused, for it will always be", async (token, hint) => {
    await using rig = connect({ greet: refuse, options: { token } });
    expect(await errorOf(rig.connection.ended)).toMatchObject({
      code: "start-failed",
      message: "authentication failed: invalid token",
      hint,
    });
    expect(rig.links).toHaveLength(1);
  });

  test("a connection ends with a failure where it is refused without a reason", async () => {
    await using rig = connect({ greet: (link) => link.send(authResponseFrame("")) });
    expect((await errorOf(rig.connection.ended)).message).toBe("authentication failed: invalid token");
  });

  test("a connection ends with a failure where it is refused and may be asked again, but nothing is to be tried again", async () => {
    await using rig = connect({ greet: refuse, options: { reconnects: false, retriesAuthentication: true } });
    await errorOf(rig.connection.ended);
    expect(rig.links).toHaveLength(1);
  });
});

test("a server that redirects to what cannot be followed may be mended, and is asked again", async () => {
  await using rig = connect({ redirectsTo: "ftp://127.0.0.1/" });
  await until("the second attempt", () => rig.lines.length > 1);
  expect(rig.lines[0]).toContain("the server redirects to something that is no WebSocket; trying again");
});

test("a refused token is presented again where it may be", async () => {
  await using rig = connect({ greet: refuse, options: { retriesAuthentication: true } });
  await rig.link(2);
  expect(rig.connection.lastFailure).toBe("authentication failed: invalid token");
});

describe("an attempt that waits for its time", () => {
  test("an attempt that waits for its time is made at once where the network has changed", async () => {
    await using rig = connect({ options: { reconnectDelayMs: VERY_LONG_MS } });
    for (let count = 0; count < 3; count += 1) {
      (await rig.opened(count)).close();
      await until("the wait", () => rig.retries().length === count + 1);
      rig.connection.retryNow();
    }
    await rig.link(3);
  });

  test("an attempt that waits for its time is made for that once: the next one waits for its time again", async () => {
    await using rig = connect({ options: { reconnectDelayMs: VERY_LONG_MS } });
    const first = await rig.opened(0);
    for (let count = 0; count < 3; count += 1) rig.connection.retryNow();
    first.close();
    await until("the wait", () => rig.retries().length === 1);
    for (let count = 0; count < 3; count += 1) await (await fetch(rig.url)).text();
    expect(rig.links).toHaveLength(1);
  });

  test("an attempt that waits for its time is not made once it is over", async () => {
    await using rig = connect({ options: { reconnectDelayMs: VERY_LONG_MS } });
    (await rig.opened(0)).close();
    await until("the wait", () => rig.retries().length === 1);
    rig.stop();
    await rig.connection.ended;
    expect([rig.links.length, rig.heard]).toEqual([1, ["opened", "lost"]]);
  });
});

describe("its end", () => {
  test("a connection's end says goodbye to the server, and takes the channels along", async () => {
    await using rig = connect();
    const link = await rig.opened(0);
    const trunk = rig.connection.current?.trunk;
    trunk?.add("x".repeat(16), { receive: () => undefined, onLinkLost: () => void rig.heard.push("channel lost") });
    rig.stop();
    expect(rig.heard).toEqual(["opened", "channel lost"]);
    expect(await link.closed).toMatchObject({ code: 1001 });
    await rig.connection.ended;
    expect(rig.heard).toEqual(["opened", "channel lost", "lost"]);
    expect(rig.connection.current).toBeUndefined();
    expect(rig.retries()).toEqual([]);
  });

  test("a connection's end is no failure where nothing is to be tried again", async () => {
    await using rig = connect({ options: { reconnects: false } });
    await rig.opened(0);
    rig.stop();
    expect(await rig.connection.ended).toBeUndefined();
  });

  test("a connection's end does not wait for a server that has not answered yet", async () => {
    await using rig = connect({ greet: () => undefined });
    await rig.link(0);
    rig.stop();
    rig.links[0]?.close();
    await rig.connection.ended;
    expect(rig.heard).toEqual([]);
  });

  test("a connection's end waits a second for a server that does not say goodbye, and no longer", async () => {
    jest.useFakeTimers();
    await using server = serveWithoutGoodbye();
    await using rig = connect({ options: { url: server.url } });
    while (rig.heard.length === 0) await turn();
    rig.stop();
    await advance(999);
    expect(await settled(rig.connection.ended)).toBe(false);
    await advance(1);
    await rig.connection.ended;
    expect(rig.heard).toEqual(["opened", "lost"]);
  });

  test("a connection's end before it was begun is no beginning", async () => {
    await using rig = connect({ isStopped: true });
    await rig.connection.ended;
    expect([rig.links, rig.heard]).toEqual([[], []]);
  });
});
