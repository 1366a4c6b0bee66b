import { afterEach, expect, jest, test } from "bun:test";
import { createDial, type Dial } from "../../../src/linksocks/exit/dial.ts";
import { listenTo } from "../../../src/net/byte-stream.ts";
import { freePort } from "../../rig/free-port.ts";
import type { UpstreamProxyOptions } from "../../rig/tunnelling-proxy.ts";
import { until } from "../../rig/until.ts";
import { startHttpProxy, startSocksProxy } from "../../rig/upstream-proxies.ts";
import { closing, createEar, dialTo, OPEN, startTarget } from "./target-rig.ts";

/** Both kinds behave the same in all that is tested here. */
const KINDS = [
  ["http", startHttpProxy],
  ["socks5", startSocksProxy],
] as const;
const NOBODY = { username: "", password: "" };
const LOGIN = { username: "testuser", password: "test:pass" };

afterEach(() => void jest.useRealTimers());

for (const [kind, startProxy] of KINDS) {
  const through = (port: number, login = NOBODY): Dial => createDial({ kind, host: "127.0.0.1", port, ...login }, OPEN);

  test.each<[string, UpstreamProxyOptions]>([
    ["in one piece", { answer: "whole" }],
    ["byte by byte", { answer: "split" }],
    ["together with the target's first bytes", { answer: "merged" }],
  ])(`${kind}: nothing is lost where the answer comes %s`, async (_, options) => {
    using target = startTarget();
    using proxy = startProxy(options);
    const ear = createEar();
    using connection = closing(await dialTo(through(proxy.port), { host: "localhost", port: target.port }, ear));
    connection.stream.write(Buffer.from("world"));
    await until("the echo", () => ear.text() === "hello world");
    expect(proxy.requests[0]?.target).toBe(`localhost:${target.port}`);
  });

  test(`${kind}: what comes with the answer, an end and a close are kept for who listens at last`, async () => {
    using target = startTarget({ endsAtOnce: true });
    using proxy = startProxy({ answer: "merged" });
    const ear = createEar();
    using connection = closing(await through(proxy.port)({ host: "localhost", port: target.port }));
    connection.stream.data.listener.onEnd();
    connection.stream.data.listener.onClose(true);
    listenTo(connection.stream, ear);
    expect(ear.calls).toEqual(["data", "end", "break"]);
    expect(ear.text()).toBe("hello ");
  });

  test(`${kind}: it leaves no timer behind`, async () => {
    using target = startTarget();
    using proxy = startProxy();
    jest.useFakeTimers();
    using _ = closing(await dialTo(through(proxy.port), { host: "localhost", port: target.port }, createEar()));
    expect(jest.getTimerCount()).toBe(0);
  });

  test(`${kind}: it is given the user and the password`, async () => {
    using target = startTarget();
    using proxy = startProxy(LOGIN);
    const dialler = through(proxy.port, LOGIN);
    using _ = closing(await dialTo(dialler, { host: "localhost", port: target.port }, createEar()));
    expect(proxy.requests[0]?.credentials).toBe("testuser:test:pass");
  });

  test(`${kind}: a password alone is given as well`, async () => {
    using target = startTarget();
    const login = { username: "", password: "geheim" };
    using proxy = startProxy(login);
    using _ = closing(await dialTo(through(proxy.port, login), { host: "localhost", port: target.port }, createEar()));
    expect(proxy.requests[0]?.credentials).toBe(":geheim");
  });

  test.each([
    ["wrong", { username: "me", password: "geheim" }, "upstream proxy: credentials not accepted"],
    ["missing", NOBODY, undefined],
  ])(`${kind}: %s credentials are told, and never shown`, async (_, login, message) => {
    using proxy = startProxy(LOGIN);
    const error = await failureOf(dialTo(through(proxy.port, login), { host: "localhost", port: 1 }, createEar()));
    if (message !== undefined) expect(error).toBe(message);
    expect(error).toStartWith("upstream proxy: ");
    expect(error).not.toMatch(/geheim|bWU6Z2VoZWlt/);
    await until("the proxy is left", () => proxy.open === 0);
  });

  test(`${kind}: a proxy that is not there is told apart from the target`, async () => {
    const dialled = dialTo(through(freePort()), { host: "localhost", port: 1 }, createEar());
    expect(await failureOf(dialled)).toBe("upstream proxy: connection refused");
  });

  test(`${kind}: a proxy that hangs up instead of answering is told, and the listener hears nothing`, async () => {
    using deaf = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: (socket) => void socket.end() } });
    const ear = createEar();
    const dialled = dialTo(through(deaf.port), { host: "localhost", port: 1 }, ear);
    expect(await failureOf(dialled)).toBe("upstream proxy: closed the connection");
    expect(ear.calls).toEqual([]);
  });

  test(`${kind}: something else than a proxy is told`, async () => {
    using server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: (socket) => void socket.write("SSH-2.0-nothing\r\n\r\n") },
    });
    const dialled = dialTo(through(server.port), { host: "localhost", port: 1 }, createEar());
    expect(await failureOf(dialled)).toStartWith("upstream proxy: does not speak ");
  });

  test(`${kind}: a proxy that never answers is left after 10 s`, async () => {
    using proxy = startProxy({ isSilent: true });
    jest.useFakeTimers();
    const dialled = failureOf(dialTo(through(proxy.port), { host: "localhost", port: 1 }, createEar()));
    while (proxy.requests.length === 0) await turn();
    jest.advanceTimersByTime(9_999);
    expect(await Promise.race([dialled, turn()])).toBe("still dialling");
    jest.advanceTimersByTime(1);
    expect(await dialled).toBe("timed out");
    while (proxy.open > 0) await turn();
  });

  test(`${kind}: a host that would break the request apart, or be read as another one, is refused before the proxy hears of it`, async () => {
    using proxy = startProxy();
    const hosts = ["", "a b", "a\r\nX: y", "a\0b", "ä", "user@127.0.0.1", "a/b", "127.0.0.1#", "%31"];
    const failures = hosts.map((host) => failureOf(dialTo(through(proxy.port), { host, port: 1 }, createEar())));
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
