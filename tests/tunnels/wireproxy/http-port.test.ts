import { afterAll, beforeAll, expect, test } from "bun:test";
import { openHttpPort } from "../../../src/tunnels/wireproxy/http-port.ts";
import { startProxy } from "../../net/proxy/proxy-rig.ts";
import { freePort, listenOn } from "../../rig/free-port.ts";

const CREDENTIALS = { username: "alice", password: "se:cret" };
let web: Bun.Server<undefined>;
beforeAll(() => {
  web = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => new Response(`${request.method} ${await request.text()}`),
  });
});
afterAll(() => web.stop(true));

test.each(["GET", "POST", "PUT", "HEAD"])("a %s in absolute form goes through the child's SOCKS", async (method) => {
  using child = startProxy();
  using front = open(child.port);
  const body = method === "POST" || method === "PUT" ? { body: "hello" } : {};
  const answer = await fetch(web.url, { method, ...body, proxy: `http://127.0.0.1:${front.port}` });
  expect([answer.status, child.dialled]).toEqual([200, [{ host: "127.0.0.1", port: web.port ?? 0 }]]);
  if (method === "POST") expect(await answer.text()).toBe("POST hello");
});

test("what the child's SOCKS asks for is asked for here, too, and shown to the child", async () => {
  using child = startProxy(CREDENTIALS);
  using front = open(child.port, CREDENTIALS);
  const ask = (userInfo: string) => fetch(web.url, { proxy: `http://${userInfo}127.0.0.1:${front.port}` });
  expect((await ask("")).status).toBe(407);
  expect(await (await ask("alice:se%3Acret@")).text()).toBe("GET ");
});

test("a host that the child does not reach is told with the child's reason", async () => {
  using child = startProxy();
  using front = open(child.port);
  const ask = (url: string) => fetch(url, { proxy: `http://127.0.0.1:${front.port}` });
  expect((await ask("http://blocked.example/")).status).toBe(403);
  expect((await ask("http://127.0.0.1:1/")).status).toBe(502);
});

test("while the child is away, a client is told that its host was not reached", async () => {
  using front = open(freePort());
  expect((await fetch(web.url, { proxy: `http://127.0.0.1:${front.port}` })).status).toBe(502);
});

test("a port that is taken is none", () => {
  const port = freePort();
  using _ = listenOn(port);
  expect(openHttpPort(port, { address: "127.0.0.1:1", credentials: { username: "", password: "" }, part: "x" })).toBe(
    undefined,
  );
});

function open(childPort: number, credentials = { username: "", password: "" }) {
  const listener = openHttpPort(freePort(), { address: `127.0.0.1:${childPort}`, credentials, part: "tunnel" });
  if (listener === undefined) throw new Error("the port is taken");
  return { port: listener.port, [Symbol.dispose]: listener.stop };
}
