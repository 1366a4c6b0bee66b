import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { askUpgrade, askUpgradeStatus } from "../../rig/ask-upgrade.ts";
import { webOk } from "../../rig/linksocks-checks.ts";
import { authFrame, TYPE } from "../../rig/linksocks-frames.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import type { LinksocksPeer } from "../../rig/linksocks-peer.ts";
import { startWebTarget, type Target } from "../../rig/linksocks-targets.ts";
import { anonymousMegabytes } from "../../rig/memory.ts";
import { openRawLink } from "../../rig/raw-link.ts";
import { connectTcp } from "../../rig/tcp-stream.ts";
import { until } from "../../rig/until.ts";

const isLinux = process.platform === "linux";
const WRONG_TOKENS = 1_000;
const AT_A_TIME = 50;

/** What a server of ours may have more after a flood than before: much less than 50 KB for each of its connections. */
const MOST_MEGABYTES_MORE = 32;

let web: Target;
beforeAll(() => {
  web = startWebTarget();
});
afterAll(() => web[Symbol.dispose]());

describe("a server of ours that is flooded", () => {
  test("a server of ours that is flooded with a thousand wrong tokens asks for patience, and is back for right ones", async () => {
    await using server = await OWN_LINKSOCKS.start("server", { token: "token" });
    const before = isLinux ? anonymousMegabytes(server.pid) : 0;
    const statuses: number[] = [];
    const guess = async (number: number) => {
      statuses.push(await askUpgradeStatus(server, `wrong ${number}`));
    };
    for (let first = 0; first < WRONG_TOKENS; first += AT_A_TIME) {
      await Promise.all(Array.from({ length: AT_A_TIME }, (_, index) => guess(first + index)));
    }
    await until("a right token is taken", async () => (await askUpgradeStatus(server, "token")) === 101);
    expect(new Set(statuses)).toEqual(new Set([101, 429]));
    expect(statuses.slice(0, AT_A_TIME)).not.toContain(429);
    if (isLinux) expect(anonymousMegabytes(server.pid) - before).toBeLessThan(MOST_MEGABYTES_MORE);
    await using client = await OWN_LINKSOCKS.start("client", { url: server.url, token: "token" });
    await webOk({ port: client.socksPort }, { host: "127.0.0.1", port: web.port });
  });

  test("a server of ours that is flooded refuses the flooding address, with a time to come again, and no other one", async () => {
    await using server = await OWN_LINKSOCKS.start("server", { token: "token" });
    await using client = await OWN_LINKSOCKS.start("client", { url: server.url, token: "token" });
    const flood = { isOn: true };
    const flooding = floodWhile(server, flood);
    try {
      await until("the flood is refused", async () => (await askUpgradeStatus(server, "wrong")) === 429);
      const head = await askUpgrade(server, "token");
      expect(head).toStartWith("HTTP/1.1 429 ");
      expect(head).toContain("Retry-After: 1\r\n");
      // Nothing but Linux has all of 127.0.0.0/8 without more ado.
      if (isLinux) expect(await askUpgradeStatus(server, "token", { from: "127.0.0.2" })).toBe(101);
      // Who is in stays in.
      await webOk({ port: client.socksPort }, { host: "127.0.0.1", port: web.port });
    } finally {
      flood.isOn = false;
      await flooding;
    }
  });

  test("a server of ours that is flooded with Auth messages of wrong tokens refuses them, too", async () => {
    await using server = await OWN_LINKSOCKS.start("server", { token: "token" });
    const guess = async () => {
      const link = await openRawLink(`${server.url}/socket`).catch(() => undefined);
      if (link === undefined) return true;
      link.send(authFrame("wrong", false));
      await link.closed;
      return false;
    };
    await until("the guesses are refused", async () =>
      (await Promise.all(Array.from({ length: 20 }, guess))).includes(true),
    );
    await until("a right token is taken", async () => (await askUpgradeStatus(server, "token")) === 101);
  });

  test("a server of ours that is flooded with connections that never say who they are, keeps room for other addresses and later ones", async () => {
    await using server = await OWN_LINKSOCKS.start("server", { token: "token" });
    const silent = await Promise.allSettled(Array.from({ length: 1_100 }, () => openRawLink(`${server.url}/socket`)));
    const taken = silent.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    expect(taken).toHaveLength(64);
    expect(await askUpgradeStatus(server, "token")).toBe(429);
    if (isLinux) expect(await askUpgradeStatus(server, "token", { from: "127.0.0.2" })).toBe(101);
    for (const link of taken) link.close();
    using link = await until("there is room", () => openRawLink(`${server.url}/socket`).catch(() => undefined));
    link.send(authFrame("token", false));
    expect((await link.next(TYPE.authResponse))[2]).toBe(1);
  });
});

test("what a client without a token sends of a long message is not kept", async () => {
  await using server = await OWN_LINKSOCKS.start("server", { token: "token" });
  const before = isLinux ? anonymousMegabytes(server.pid) : 0;
  const port = Number(new URL(server.url).port);
  const streams = await Promise.all(Array.from({ length: 40 }, () => connectTcp("127.0.0.1", port)));
  const head = `GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${"A".repeat(22)}==\r\n\r\n`;
  // A binary message of 31 MiB that never ends, RFC 6455 section 5.2.
  const long = Buffer.concat([
    Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x01, 0xf0, 0, 0, 0, 0, 0, 0]),
    Buffer.alloc(4 * 1024 * 1024),
  ]);
  for (const stream of streams) {
    await stream.write(head);
    // It is closed in the middle.
    void stream.write(long).catch(() => undefined);
  }
  await Promise.all(streams.map((stream) => readToEnd(stream)));
  if (isLinux) expect(anonymousMegabytes(server.pid) - before).toBeLessThan(MOST_MEGABYTES_MORE);
  using link = await until("there is room", () => openRawLink(`${server.url}/socket`).catch(() => undefined));
  link.send(authFrame("token", false));
  expect((await link.next(TYPE.authResponse))[2]).toBe(1);
});

/** What is read ends with the connection, in whatever manner. */
async function readToEnd(stream: Awaited<ReturnType<typeof connectTcp>>): Promise<void> {
  while ((await stream.read().catch(() => undefined)) !== undefined);
  stream[Symbol.dispose]();
}

async function floodWhile(server: LinksocksPeer, flood: { readonly isOn: boolean }): Promise<void> {
  while (flood.isOn) await Promise.all(Array.from({ length: AT_A_TIME }, () => askUpgradeStatus(server, "wrong")));
}
