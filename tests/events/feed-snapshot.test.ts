import { expect, test } from "bun:test";
import { readdirSync, readlinkSync } from "node:fs";
import { attemptOr } from "../../src/platform/failure.ts";
import { contract, createFeedScene, lockout, order, position, quote } from "./feed-rig.ts";

test("a snapshot is the last known state as events, true up to their number", async () => {
  await using scene = createFeedScene();
  const status = { type: "daemon_status", account_id: null, data: { status: "RUNNING", message: "", timestamp: "t" } };
  scene.feed.record(status);
  await scene.feed.publish([
    quote("A", 1),
    order(5, 1),
    order(6, 1),
    position(3, 2),
    position(4, 1, 7002),
    lockout(null),
    lockout("2025-11-04T14:00:00Z", "over", 7002),
    quote("A", 2),
    order(6, 2),
  ]);
  const expected = [status, position(3, 2), position(4, 1, 7002), order(5, 1), lockout(null), quote("A", 2)];
  expect([...scene.feed.snapshot()]).toEqual(expected.map((event) => ({ seq: 10, ...event })));
  expect([...scene.feed.snapshot(7002)]).toEqual(
    [status, position(4, 1, 7002)].map((event) => ({ seq: 10, ...event })),
  );
});

test("the state in a snapshot survives a restart, quotes and the daemon's status do not", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([quote("A"), order(5, 1, { type: 2, side: 2 }), position(3, 2), lockout(null)]);
  const feed = await scene.reopen();
  expect([...feed.snapshot()].map(({ seq: _, ...event }) => event)).toEqual([
    position(3, 2),
    order(5, 1, { type: 2, side: 2 }),
    lockout(null),
  ]);
});

test.skipIf(process.platform !== "linux")(
  "a feed that rests lets go of its database, goes on with the next number, and leaves a snapshot that is being read alone",
  async () => {
    await using scene = createFeedScene();
    const openFiles = () => listOpenFiles().filter((file) => file.startsWith(scene.path));
    await scene.feed.publish([position(3, 2), order(5, 1)]);
    const reading = scene.feed.snapshot();
    reading.next();
    scene.feed.rest();
    expect([...reading].length).toBe(1);
    expect(openFiles().length).toBeGreaterThan(0);
    scene.feed.rest();
    expect(openFiles()).toEqual([]);
    expect(await scene.feed.publish([order(6, 1)])).toEqual([{ accepted: true, seq: 3 }]);
    expect(openFiles().length).toBeGreaterThan(0);
  },
);

test("so many quotes are remembered, the longest unchanged goes first", async () => {
  await using scene = createFeedScene({ limits: { quotes: 2 } });
  await scene.feed.publish([quote("A"), quote("B"), quote("A"), quote("C")]);
  expect([...scene.feed.snapshot()].map(({ data }) => data["contractId"])).toEqual(["A", "C"]);
});

test("a snapshot begins with all contracts, of whichever account it is", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([
    contract("C", 1),
    contract("B", 1),
    contract("CON.F.US.MES.Z25", 0.25),
    position(3, 2),
    order(5, 1, { contractId: "B" }),
    order(6, 1, { contractId: "D" }, 7002),
    quote("C", 1, 7002),
  ]);
  const snapshot = (account?: number) => [...scene.feed.snapshot(account)].map(({ seq: _, ...event }) => event);
  const [b, c, mes] = [contract("B", 1), contract("C", 1), contract("CON.F.US.MES.Z25", 0.25)];
  expect(snapshot()).toMatchObject([
    b,
    c,
    mes,
    position(3, 2),
    { data: { id: 5 } },
    { data: { id: 6 } },
    quote("C", 1, 7002),
  ]);
  expect(snapshot(7001)).toMatchObject([b, c, mes, position(3, 2), { data: { id: 5 } }]);
  expect(snapshot(7002)).toMatchObject([b, c, mes, { data: { id: 6 } }, quote("C", 1, 7002)]);
});

test("of one account's positions and orders the latest 1,000 each are remembered, and every event is told all the same", async () => {
  await using scene = createFeedScene();
  let told = 0;
  scene.feed.subscribe((events) => {
    told += events.length;
  });
  for (const make of [(id: number) => position(id, 1), (id: number) => order(id, 1)]) {
    await scene.feed.publish([position(5_000, 1, 7002), ...Array.from({ length: 999 }, (_, index) => make(index + 1))]);
    await scene.feed.publish([make(1_000), make(1_001), make(1_002)]);
  }
  const state = [...scene.feed.snapshot(7001)];
  expect(state.filter(({ type }) => type === "GatewayUserPosition")).toHaveLength(1_000);
  expect(state.filter(({ type }) => type === "GatewayUserOrder")).toHaveLength(1_000);
  expect([...scene.feed.snapshot(7002)]).toHaveLength(1);
  expect(told).toBe(2 * 1_003);
});

test("a snapshot is read by pieces: what happens meanwhile is in it, or comes with a higher number", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish(Array.from({ length: 600 }, (_, index) => position(index + 1, 1)));
  const snapshot = scene.feed.snapshot();
  const first = snapshot.next().value;
  await scene.feed.publish([position(600, 0), position(599, 7)]);
  const rest = [...snapshot];
  expect(first).toMatchObject({ seq: 600, data: { id: 1 } });
  expect(rest.every(({ seq }) => seq === 600)).toBe(true);
  expect(rest.map(({ data }) => data["id"])).toEqual(Array.from({ length: 598 }, (_, index) => index + 2));
  expect(rest.at(-1)?.data["size"]).toBe(7);
});

/** Paths that this process has open; a descriptor may be closed between the listing and the look. */
function listOpenFiles(): readonly string[] {
  const folder = "/proc/self/fd";
  return readdirSync(folder).map((descriptor) => attemptOr("", () => readlinkSync(`${folder}/${descriptor}`)));
}
