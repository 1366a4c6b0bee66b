import { describe, expect, test } from "bun:test";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChildRecord } from "../../../src/tunnels/driver/child-record.ts";
import { readSigns } from "../../../src/tunnels/wireproxy/signs.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { createRecord } from "../fake-driver.ts";

const ANSWERED = "DEBUG: 2025/11/21 08:10:00 peer(AbCd…WxYz) - Received handshake response\n";
const UNANSWERED =
  "DEBUG: 2025/11/21 08:10:00 peer(AbCd…WxYz) - Handshake did not complete after 5 seconds, retrying (try 2)\n";

describe("what a look learns", () => {
  test("what a look learns is what the log has told since the last one", async () => {
    using rig = create(UNANSWERED);
    const signs = readSigns(rig.record, false);
    expect(await signsOf(signs)).toEqual(["unanswered"]);
    expect(await signsOf(signs)).toEqual([]);
    rig.say(`${UNANSWERED}nothing of interest\n${ANSWERED}`);
    expect(await signsOf(signs)).toEqual(["unanswered", "answered"]);
    signs.close();
  });

  test("what a look learns of an adopted process begins with its adoption", async () => {
    using rig = create(UNANSWERED);
    const signs = readSigns(rig.record, true);
    expect(await signsOf(signs)).toEqual([]);
    rig.say(ANSWERED);
    expect(await signsOf(signs)).toEqual(["answered"]);
    signs.close();
  });

  test("what a look learns loses nothing to the question whether the peer has ever answered", async () => {
    using rig = create(UNANSWERED);
    const signs = readSigns(rig.record, false);
    expect(signs.isProven()).toBe(false);
    rig.say(ANSWERED);
    expect(signs.isProven()).toBe(true);
    expect(await signsOf(signs)).toEqual(["unanswered", "answered"]);
    signs.close();
  });

  test("what a look learns has no counters where the process has no port for them, or nobody answers there", async () => {
    using rig = create("");
    for (const infoPort of [null, 1]) {
      const signs = readSigns({ ...rig.record, infoPort }, false);
      expect((await signs.observe()).counters).toBeNull();
      signs.close();
    }
  });
});

test("counters that are longer than we read are told of once, and not asked for again", async () => {
  using rig = create("");
  let asked = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch() {
      asked += 1;
      return new Response(`public_key=${"a".repeat(64)}\n`.repeat(120_000));
    },
  });
  const told: string[] = [];
  const signs = readSigns({ ...rig.record, infoPort: server.port ?? 0 }, false, (text) => void told.push(text));
  expect((await signs.observe()).counters).toBeNull();
  expect((await signs.observe()).counters).toBeNull();
  expect(told).toEqual([expect.stringContaining("tells of its peers in more than 8 MiB, which are not read")]);
  expect(asked).toBe(1);
  signs.close();
  await server.stop(true);
});

describe("whether its peer has ever answered", () => {
  test("whether its peer has ever answered is told by its counters too", async () => {
    using rig = create("");
    using server = serveMetrics(1_767_225_611);
    const signs = readSigns({ ...rig.record, infoPort: server.port }, false);
    expect(signs.isProven()).toBe(false);
    expect((await signs.observe()).counters).toMatchObject({ handshakeAt: 1_767_225_611_000, sent: 1, received: 2 });
    expect(signs.isProven()).toBe(true);
    signs.close();
  });

  test("whether its peer has ever answered is not told by counters before the first handshake", async () => {
    using rig = create("");
    using server = serveMetrics(0);
    const signs = readSigns({ ...rig.record, infoPort: server.port }, false);
    expect((await signs.observe()).counters).toMatchObject({ handshakeAt: null });
    expect(signs.isProven()).toBe(false);
    signs.close();
  });

  test("whether its peer has ever answered is taken for granted of an adopted process: its log was written before our time", () => {
    using rig = create("");
    const signs = readSigns(rig.record, true);
    expect(signs.isProven()).toBe(true);
    signs.close();
  });
});

async function signsOf(signs: ReturnType<typeof readSigns>): Promise<readonly string[]> {
  return (await signs.observe()).signs.map(({ sign }) => sign);
}

function create(log: string) {
  const folder = temporaryFolder();
  const logFile = join(folder.path, "1_us.log");
  writeFileSync(logFile, log);
  const record: ChildRecord = { ...createRecord("us.conf"), logFile };
  return {
    record,
    say: (text: string) => appendFileSync(logFile, text),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

function serveMetrics(handshake: number) {
  const text = `public_key=${"0a".repeat(32)}\nlast_handshake_time_sec=${handshake}\nlast_handshake_time_nsec=0\ntx_bytes=1\nrx_bytes=2\npersistent_keepalive_interval=25\n`;
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(text) });
  return { port: server.port ?? 0, [Symbol.dispose]: () => void server.stop(true) };
}
