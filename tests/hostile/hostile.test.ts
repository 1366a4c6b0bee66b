import { afterAll, beforeAll, expect, test } from "bun:test";
import { callWpdaemon } from "../rig/command-line.ts";
import { until } from "../rig/until.ts";
import { BEHAVIOURS } from "./behaviours.ts";
import { type Held, openWorld, type World } from "./world.ts";

/** What the two programs together may have more than before there was any hostile peer: what docs/bounds.md allows one door. */
const MOST_MEGABYTES_MORE = 192;

/** Rounds of an honest user beside a peer that lasts, and the most beside one that does not. */
const ROUNDS = 5;
const MOST_ROUNDS = 200;

const DOORS = [
  "the line protocol",
  "the control socket",
  "the control port",
  "the event stream",
  "a LinkSocks server",
  "the SOCKS port of a LinkSocks tunnel",
  "the HTTP proxy of a LinkSocks tunnel",
  "a UDP association of a LinkSocks tunnel",
  "a LinkSocks tunnel",
  "a LinkSocks provider",
  "a child's log",
  "a child's info port",
];

let world: World;
let before: Held;
beforeAll(async () => {
  world = await openWorld();
  await world.useHonestly();
  before = world.measure();
});
afterAll(() => world[Symbol.asyncDispose]());

test("each door has its hostile peers", () => {
  expect(world.doors.map(({ name }) => name)).toEqual(DOORS);
});

const CASES = DOORS.flatMap((door) => BEHAVIOURS.map(({ name }): [string, string] => [door, name]));

test.each(CASES)("while a peer of %s %s, everybody else is served", async (doorName, behaviourName) => {
  const door = world.doors.find(({ name }) => name === doorName);
  const behaviour = BEHAVIOURS.find(({ name }) => name === behaviourName);
  if (door === undefined || behaviour === undefined) throw new Error("there is no such door or behaviour");
  const ending = new AbortController();
  let isOver = false;
  let most = 0;
  const attack = behaviour.act(door, ending.signal).finally(() => {
    isOver = true;
  });
  const rounds = behaviour.lasts === true ? ROUNDS : MOST_ROUNDS;
  for (let round = 0; round < ROUNDS || (!isOver && round < rounds); round += 1) {
    await world.useHonestly();
    most = Math.max(most, world.measure().megabytes);
  }
  ending.abort();
  await attack;
  expect(most - before.megabytes).toBeLessThan(MOST_MEGABYTES_MORE);
  await until("no descriptor is left", () => world.measure().descriptors <= before.descriptors + SPARE_DESCRIPTORS);
  await world.useHonestly();
});

/** What honest users, and tunnels that connect again, have open for a moment. */
const SPARE_DESCRIPTORS = 4;

test("nothing that all of them have sent reaches a terminal as anything but plain text", async () => {
  const { output } = await callWpdaemon(world.daemon.home, ["status", "--json"]);
  const names: readonly string[] = JSON.parse(output).tunnels.map(({ name }: { readonly name: string }) => name);
  expect(names.length).toBeGreaterThan(10);
  for (const words of [["status"], ["list"], ["doctor"], ["logs", "audit"], ...names.map((name) => ["logs", name])]) {
    const { output: shown, complaint } = await callWpdaemon(world.daemon.home, words);
    // What moves the cursor, ends a line unseen, or turns text around.
    expect(
      `${words.join(" ")}: ${/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.exec((shown + complaint).replaceAll("\n", ""))?.[0]}`,
    ).toBe(`${words.join(" ")}: undefined`);
  }
});
