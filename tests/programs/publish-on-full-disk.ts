// Runs with a small file system of its own: fills it, and says what becomes of events before, meanwhile and afterwards.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFeed } from "../../src/events/feed.ts";
import { Failure } from "../../src/platform/failure.ts";
import { dumpState, NOON, note, replayAll, takeAnything, trade } from "../events/feed-rig.ts";

const [folder = ""] = process.argv.slice(2);
const path = join(folder, "own", "events.db");
const filler = join(folder, "filler");
const messages: string[] = [];
const told: unknown[] = [];
const feed = createFeed({
  path,
  loadParser: async () => takeAnything,
  now: () => NOON,
  audit: (category, message) => messages.push(`${category} ${message}`),
});
feed.subscribe((events) => told.push(...events.map(({ data }) => data["n"])));

fill();
const atTheStart = await attempt(0);
rmSync(filler);
const before = await attempt(1);
fill();
feed.record(note(2));
const meanwhile: unknown[] = [];
for (let n = 3; n < 2_000; n += 1) {
  const outcome = await attempt(n);
  if (outcome === "file-unusable") meanwhile.push(n);
  if (meanwhile.length === 5) break;
}
const stored = replayAll(feed).events.length;
rmSync(filler);
const afterwards = await attempt(5_000);
await feed.close();
const { trade_history, daily_pnl, events } = dumpState(path);
const counts = { stored, told: told.length, trades: trade_history?.length, events: events?.length };
console.log(
  JSON.stringify({ atTheStart, before, meanwhile: meanwhile.length, afterwards, counts, daily_pnl, messages }),
);

async function attempt(n: number): Promise<string> {
  const { data, ...envelope } = trade(1, "2025-11-04T15:00:00Z");
  const event = { ...envelope, data: { ...data, n } };
  try {
    await feed.publish([event]);
    return "accepted";
  } catch (error) {
    return error instanceof Failure ? error.code : String(error);
  }
}

function fill(): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(filler, "");
  for (let size = 1 << 20; size >= 1; size >>= 1) {
    try {
      for (;;) writeFileSync(filler, new Uint8Array(size), { flag: "a" });
    } catch {
      // Full for this size; the next smaller one may still fit.
    }
  }
}
