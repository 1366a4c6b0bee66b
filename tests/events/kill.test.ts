import { expect, test } from "bun:test";
import { join } from "node:path";
import { createFeedScene, dumpState, replayAll } from "./feed-rig.ts";

const RUNS = 20;

test("killed at any moment: every acknowledged event is there after the restart, in order, once", async () => {
  await using scene = createFeedScene({ limits: { events: 1_000_000 } });
  const acknowledged = new Map<string, readonly number[]>();
  const given: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    for (const line of await publishAndKill(scene.path, String(run), 1 + Math.floor(Math.random() * 200))) {
      const [word, n, ...numbers] = line.split(" ");
      expect(word).toBe("ack");
      acknowledged.set(`${run} ${n}`, numbers.map(Number));
      given.push(...numbers.map(Number));
    }
  }
  expect(new Set(given).size).toBe(given.length);

  const feed = await scene.reopen();
  const { events, gap } = replayAll(feed);
  expect(gap).toBeUndefined();
  expect(scene.messages).toEqual([]);
  expect(events.map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq).toSorted((a, b) => a - b));

  const stored = new Map(events.map(({ seq, data }) => [`${data["run"]} ${data["n"]}`, seq]));
  expect(stored.size).toBe(events.length);
  for (const [name, numbers] of acknowledged) expect(numbers).toContain(stored.get(name) ?? -1);
  // What was not acknowledged may be there, but nothing that follows something missing.
  for (let run = 0; run < RUNS; run += 1) {
    const numbers = events.filter(({ data }) => data["run"] === String(run)).map(({ data }) => data["n"]);
    expect(numbers).toEqual(numbers.map((_, index) => index));
  }

  await using again = createFeedScene({ limits: { events: 1_000_000 } });
  await again.feed.publish(events);
  const { events: _, ...state } = dumpState(scene.path);
  const { events: __, ...expected } = dumpState(again.path);
  expect(state).toEqual(expected);
});

/** @returns the lines that it wrote, all of them, once at least `count` were read and it was killed. */
async function publishAndKill(path: string, run: string, count: number): Promise<readonly string[]> {
  const script = join(import.meta.dir, "publish-until-killed.ts");
  const child = Bun.spawn([process.execPath, script, path, run], { stdout: "pipe", stderr: "inherit" });
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (text.split("\n").length > count) child.kill("SIGKILL");
  }
  await child.exited;
  return text.split("\n").slice(0, -1);
}
