// A publisher for the test that kills it: events of every kind, alone and together, and a line for each acknowledgement.

import { writeSync } from "node:fs";
import { createFeed } from "../../src/events/feed.ts";
import { NOON, note, order, position, quote, takeAnything, trade } from "./feed-rig.ts";

const [path = "", run = ""] = process.argv.slice(2);
const feed = createFeed({
  path,
  loadParser: async () => takeAnything,
  now: () => NOON,
  audit: (_, message) => say(`audit ${message}`),
  limits: { events: 1_000_000 },
});

for (let n = 0; ; n += 4) {
  await Promise.all([
    publish(n, [mark(n, note(n))]),
    publish(n + 1, [mark(n + 1, trade(n % 7, "2025-11-04T15:00:00Z")), quote("A")]),
    publish(n + 2, [quote("A"), mark(n + 2, position(n % 5, n % 3))], `${run} ${n}`),
  ]);
  await publish(n + 3, [mark(n + 3, order(n % 5, 1 + (n % 2)))]);
}

function mark(n: number, event: ReturnType<typeof note>): ReturnType<typeof note> {
  return { ...event, data: { ...event.data, run, n } };
}

async function publish(n: number, events: readonly unknown[], key?: string): Promise<void> {
  const answer = await feed.publish(events, key);
  say(`ack ${n} ${answer.map((each) => (each.accepted ? each.seq : each.reason)).join(" ")}`);
}

/** At once, not through a buffer that dies with us. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}
