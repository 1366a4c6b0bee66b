import { expect, test } from "bun:test";
import type { ServerOptions } from "../../../src/linksocks/options.ts";
import { createPeers } from "../../../src/linksocks/server/peers.ts";
import { createReversePorts } from "../../../src/linksocks/server/reverse-ports.ts";
import { SOCKS_REPLY } from "../../../src/net/proxy/socks-codec.ts";
import { freePort } from "../../rig/free-port.ts";
import { accepts } from "../../rig/socks.ts";
import { connectThroughSocks, SocksRefusal } from "../../rig/socks5-client.ts";
import { connectTcp } from "../../rig/tcp-stream.ts";
import { until } from "../../rig/until.ts";
import { createFakePeer } from "./peer-rig.ts";
import { createTestRegistry, reverse } from "./token-rig.ts";

const TARGET = { host: "example.com", port: 443 };

test("a token's port opens once, closes at once, and may open again", async () => {
  using rig = createRig();
  const token = rig.add("r1");
  rig.ports.open(token);
  rig.ports.open(token);
  expect(await accepts(token.port)).toBe(true);
  expect(rig.lines).toEqual([`info SOCKS5 is accepted on 127.0.0.1:${token.port}`]);
  rig.ports.close(token);
  rig.ports.close(token);
  expect(await accepts(token.port)).toBe(false);
  rig.ports.open(token);
  expect(await accepts(token.port)).toBe(true);
});

test("a port that was closed is free for the next token", async () => {
  using rig = createRig();
  const token = rig.add("r1");
  rig.ports.open(token);
  rig.ports.close(token);
  rig.ports.open({ ...token, text: "r2" });
  expect(await accepts(token.port)).toBe(true);
  expect(rig.lines.at(-1)).toStartWith("info ");
});

test("a port that somebody else has is told in the log, and tried again next time", async () => {
  using rig = createRig();
  const token = rig.add("r1");
  const squatter = Bun.listen({ hostname: "127.0.0.1", port: token.port, exclusive: true, socket: { data() {} } });
  rig.ports.open(token);
  const complaint = `cannot accept SOCKS on 127.0.0.1:${token.port}: the port is taken`;
  expect(rig.lines).toEqual([`error ${complaint} (choose another port or address)`]);
  squatter.stop(true);
  rig.ports.open(token);
  expect(await accepts(token.port)).toBe(true);
});

test("a token with autonomy has no port", () => {
  using rig = createRig();
  rig.ports.open(rig.add("auto", { autonomy: true }));
  expect(rig.lines).toEqual([]);
});

test("all reverse ports close together", async () => {
  using rig = createRig();
  const tokens = [rig.add("r1"), rig.add("r2")];
  for (const token of tokens) rig.ports.open(token);
  rig.ports.closeAll();
  expect(await Promise.all(tokens.map(({ port }) => accepts(port)))).toEqual([false, false]);
});

test("a request goes to a provider of the port's token, whose refusal comes back", async () => {
  using rig = createRig();
  const [token, other] = [rig.add("r1"), rig.add("r2")];
  rig.ports.open(token);
  rig.come(other);
  const provider = rig.come(token);
  const asking = connectThroughSocks({ port: token.port }, TARGET);
  const refused = asking.then(
    () => undefined,
    (error: unknown) => error,
  );
  const connect = await until("the request", () => provider.link.sent.find(({ type }) => type === "connect"));
  expect(connect).toMatchObject({ protocol: "tcp", target: TARGET });
  if (connect.type !== "connect") throw new Error("no Connect");
  const answer = { type: "connect-response", success: false, error: "connection refused", window: undefined } as const;
  provider.trunk.dispatch({ ...answer, channel: connect.channel }, Buffer.alloc(0));
  expect(await refused).toEqual(new SocksRefusal(SOCKS_REPLY.connectionRefused));
});

test("a request that comes before its provider waits for it", async () => {
  using rig = createRig();
  const token = rig.add("r1");
  rig.ports.open(token);
  using client = await connectTcp("127.0.0.1", token.port);
  await client.write(new Uint8Array([5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, 0, 80]));
  await client.readExactly(2);
  const provider = rig.come(token);
  await until("the request", () => provider.link.sent.some(({ type }) => type === "connect"));
});

test("the token's username and password are asked for", async () => {
  using rig = createRig();
  const token = rig.add("r1", { username: "alice", password: "secret" });
  rig.ports.open(token);
  const provider = rig.come(token);
  const wrong = connectThroughSocks({ port: token.port, username: "alice", password: "wrong" }, TARGET);
  await expect(wrong).rejects.toThrow("refused with 256");
  expect(provider.link.sent.some(({ type }) => type === "connect")).toBe(false);
});

test("with fast open it is told success before the provider has answered", async () => {
  using rig = createRig({ fastOpen: true });
  const token = rig.add("r1");
  rig.ports.open(token);
  rig.come(token);
  using stream = await connectThroughSocks({ port: token.port }, TARGET);
  stream.finish();
});

function createRig(options: Partial<ServerOptions> = {}) {
  const { tokens } = createTestRegistry();
  const peers = createPeers();
  const lines: string[] = [];
  const ports = createReversePorts(
    {
      host: "127.0.0.1",
      port: 0,
      tls: undefined,
      socksHost: "127.0.0.1",
      socksWithoutWaiting: false,
      fastOpen: false,
      upstream: undefined,
      destinations: { allow: [], deny: [], isConfined: false },
      apiKey: "",
      connectorWaitMs: 0,
      bufferSize: 0,
      portPool: { first: 0, last: 0 },
      trustedProxies: [],
      now: () => 0,
      log: (level, text) => void lines.push(`${level} ${text}`),
      ...options,
    },
    peers,
  );
  return {
    ports,
    lines,
    add: (text: string, more: Parameters<typeof reverse>[1] = {}) =>
      tokens.addReverse(reverse(text, { port: more.autonomy === true ? 0 : freePort(), ...more })),
    come(token: ReturnType<typeof tokens.addReverse>) {
      const provider = createFakePeer("provider", token);
      peers.add(provider);
      return provider;
    },
    [Symbol.dispose]() {
      ports.closeAll();
      for (const { trunk } of peers.list()) trunk.end();
    },
  };
}
