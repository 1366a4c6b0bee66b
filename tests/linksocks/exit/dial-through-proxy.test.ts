import { afterEach, expect, jest, test } from "bun:test";
import { createDialer } from "../../../src/linksocks/exit/create-dialer.ts";
import type { Dialer } from "../../../src/linksocks/exit/dialer.ts";
import { freePort } from "../../rig/free-port.ts";
import type { UpstreamProxyOptions } from "../../rig/tunnelling-proxy.ts";
import { until } from "../../rig/until.ts";
import { startHttpProxy, startSocksProxy } from "../../rig/upstream-proxies.ts";
import { closing, createEar, startTarget } from "./target-rig.ts";

/** Both kinds behave the same in all that is tested here. */
const KINDS = [
  ["http", startHttpProxy],
  ["socks5", startSocksProxy],
] as const;
const NOBODY = { username: "", password: "" };
const LOGIN = { username: "testuser", password: "test:pass" };

afterEach(() => void jest.useRealTimers());

for (const [kind, startProxy] of KINDS) {
  const through = (port: number, login = NOBODY): Dialer => createDialer({ kind, host: "127.0.0.1", port, ...login });

  test.each<[string, UpstreamProxyOptions]>([
    ["in one piece", { answer: "whole" }],
    ["byte by byte", { answer: "split" }],
    ["together with the target's first bytes", { answer: "merged" }],
  ])(`${kind}: nothing is lost where the answer comes %s`, async (_, options) => {
    using target = startTarget();
    using proxy = startProxy(options);
    const ear = createEar();
    using connection = closing(await through(proxy.port).dial({ host: "localhost", port: target.port }, ear));
    connection.stream.write(Buffer.from("world"));
    await until("the echo", () => ear.text() === "hello world");
    expect(proxy.requests[0]?.target).toBe(`localhost:${target.port}`);
  });

  test(`${kind}: the promise resolves before the listener hears what came with the answer`, async () => {
    using target = startTarget({ endsAtOnce: true });
    using proxy = startProxy({ answer: "merged" });
    const ear = createEar();
    const order: string[] = [];
    const dialer = through(proxy.port);
    // A caller that passes the stream on through several hands.
    const dialled = (async () =>
      await (async () => await dialer.dial({ host: "localhost", port: target.port }, ear))())();
    using connection = closing(await dialled.then(async (stream) => await stream));
    order.push(...ear.calls, "resolved");
    await until("the end", () => ear.calls.includes("end"));
    connection.stream.end();
    await until("the close", () => ear.calls.includes("close"));
    expect([...order, ...ear.calls]).toEqual(["resolved", "data", "end", "close"]);
    expect(ear.text()).toBe("hello ");
  });

  test(`${kind}: an end and a close before the listener is told are told it, behind the data`, async () => {
    using target = startTarget();
    using proxy = startProxy({ answer: "merged" });
    const ear = createEar();
    using connection = closing(await through(proxy.port).dial({ host: "localhost", port: target.port }, ear));
    const { listener } = connection.stream.data;
    listener.onEnd();
    listener.onClose(true);
    expect(ear.calls).toEqual([]);
    await until("the close", () => ear.calls.includes("break"));
    expect(ear.calls).toEqual(["data", "end", "break"]);
  });

  test(`${kind}: it leaves no timer behind`, async () => {
    using target = startTarget();
    using proxy = startProxy();
    jest.useFakeTimers();
    using _ = closing(await through(proxy.port).dial({ host: "localhost", port: target.port }, createEar()));
    expect(jest.getTimerCount()).toBe(0);
  });

  test(`${kind}: it is given the user and the password`, async () => {
    using target = startTarget();
    using proxy = startProxy(LOGIN);
    const dialler = through(proxy.port, LOGIN);
    using _ = closing(await dialler.dial({ host: "localhost", port: target.port }, createEar()));
    expect(proxy.requests[0]?.credentials).toBe("testuser:test:pass");
  });

  test(`${kind}: a password alone is given as well`, async () => {
    using target = startTarget();
    const login = { username: "", password: "geheim" };
    using proxy = startProxy(login);
    using _ = closing(await through(proxy.port, login).dial({ host: "localhost", port: target.port }, createEar()));
    expect(proxy.requests[0]?.credentials).toBe(":geheim");
  });

  test.each([
    ["wrong", { username: "me", password: "geheim" }, "upstream proxy: credentials not accepted"],
    ["missing", NOBODY, undefined],
  ])(`${kind}: %s credentials are told, and never shown`, async (_, login, message) => {
    using proxy = startProxy(LOGIN);
    const error = await failureOf(through(proxy.port, login).dial({ host: "localhost", port: 1 }, createEar()));
    if (message !== undefined) expect(error).toBe(message);
    expect(error).toStartWith("upstream proxy: ");
    expect(error).not.toMatch(/geheim|bWU6Z2VoZWlt/);
    await until("the proxy is left", () => proxy.open === 0);
  });

  test(`${kind}: a proxy that is not there is told apart from the target`, async () => {
    const dialled = through(freePort()).dial({ host: "localhost", port: 1 }, createEar());
    expect(await failureOf(dialled)).toBe("upstream proxy: connection refused");
  });

  test(`${kind}: a proxy that hangs up instead of answering is told, and the listener hears nothing`, async () => {
    using deaf = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: (socket) => void socket.end() } });
    const ear = createEar();
    const dialled = through(deaf.port).dial({ host: "localhost", port: 1 }, ear);
    expect(await failureOf(dialled)).toBe("upstream proxy: closed the connection");
    expect(ear.calls).toEqual([]);
  });

  test(`${kind}: something else than a proxy is told`, async () => {
    using server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: (socket) => void socket.write("SSH-2.0-nothing\r\n\r\n") },
    });
    const dialled = through(server.port).dial({ host: "localhost", port: 1 }, createEar());
    expect(await failureOf(dialled)).toStartWith("upstream proxy: does not speak ");
  });

  test(`${kind}: a proxy that never answers is left after 10 s`, async () => {
    using proxy = startProxy({ isSilent: true });
    jest.useFakeTimers();
    const dialled = failureOf(through(proxy.port).dial({ host: "localhost", port: 1 }, createEar()));
    while (proxy.requests.length === 0) await turn();
    jest.advanceTimersByTime(9_999);
    expect(await Promise.race([dialled, turn()])).toBe("still dialling");
    jest.advanceTimersByTime(1);
    expect(await dialled).toBe("timed out");
    while (proxy.open > 0) await turn();
  });

  test(`${kind}: a host that would break the request apart is refused before the proxy hears of it`, async () => {
    using proxy = startProxy();
    const hosts = ["", "a b", "a\r\nX: y", "a\0b", "ä"];
    const failures = hosts.map((host) => failureOf(through(proxy.port).dial({ host, port: 1 }, createEar())));
    expect(await Promise.all(failures)).toEqual(hosts.map(() => "invalid host name"));
    expect(proxy.requests).toEqual([]);
  });
}

async function failureOf(dialled: Promise<unknown>): Promise<string> {
  try {
    await dialled;
    return "it was dialled";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** One turn of the event loop, which no fake timer stops. */
async function turn(): Promise<string> {
  await Bun.file("/dev/null").text();
  return "still dialling";
}
