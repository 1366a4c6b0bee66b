import { afterEach, describe, expect, jest, test } from "bun:test";
import { Failure } from "../../src/platform/failure.ts";
import { createArgusSlot } from "../../src/tunnels/argus-slot.ts";
import { createTunnelManager } from "../../src/tunnels/manager.ts";
import { createFakeDriver, createFakeRegister, createFakeWay, createRecord, type FakeWay } from "./fake-driver.ts";
import { rejectionOf } from "./wireproxy/program/rejection.ts";

const BUSY = "WireProxy is already running with config: us.conf";

afterEach(() => void jest.useRealTimers());

describe("while nothing runs", () => {
  test("items 2 and 33: there is no status, and nothing to stop", async () => {
    const { slot } = create();
    expect(await slot.status()).toBeUndefined();
    expect((await rejectionOf(slot.spinDown())).message).toBe("WireProxy is not running");
  });

  test("item 21: spin_up starts the config, with or without its suffix", async () => {
    for (const name of ["us", "us.conf"]) {
      const { slot, driver } = create();
      const starting = slot.spinUp(name);
      (await driver.next()).succeed().becomeReady();
      expect(await starting).toMatchObject({ config: "us.conf", state: "running", pid: 4_242 });
    }
  });

  test("item 20: a config that is not there is refused, and the slot stays free", async () => {
    const { slot, driver } = create();
    expect((await rejectionOf(slot.spinUp("nope"))).message).toBe("Configuration not found: nope.conf");
    expect(await slot.status()).toBeUndefined();
    const starting = slot.spinUp("eu");
    (await driver.next()).succeed().becomeReady();
    expect(await starting).toMatchObject({ config: "eu.conf" });
  });

  test("row 23: after a death nobody has asked about, spin_up of any config starts at once", async () => {
    const { slot, driver, way } = await createRunning();
    way.end("died");
    const starting = slot.spinUp("eu");
    (await driver.next()).succeed(createFakeWay(7)).becomeReady();
    expect(await starting).toMatchObject({ config: "eu.conf", pid: 7 });
  });

  test("a start that failed leaves the slot free, and its log in the status", async () => {
    const { slot, driver } = create();
    const starting = slot.spinUp("us");
    (await driver.next()).succeed().end("died-during-startup");
    expect((await rejectionOf(starting)).code).toBe("start-failed");
    expect(await slot.status()).toMatchObject({ state: "idle", pid: null, logFile: "/logs/4242_us.log" });
  });
});

describe("section 4.3: while it starts", () => {
  test("state tells of the child as soon as it exists, without waiting for it to be ready", async () => {
    const { slot, driver } = create();
    const starting = slot.spinUp("us");
    const launch = await driver.next();
    expect(await slot.status()).toMatchObject({ state: "starting", pid: null });
    const way = launch.succeed();
    await turn();
    expect(await slot.status()).toMatchObject({ state: "starting", pid: 4_242, config: "us.conf" });
    way.becomeReady();
    await starting;
  });

  test("item 30: spin_up of the same config joins the start", async () => {
    const { slot, driver } = create();
    const starts = [slot.spinUp("us"), slot.spinUp("us.conf"), slot.spinUp("us")];
    (await driver.next()).succeed().becomeReady();
    expect((await Promise.all(starts)).map((status) => status.pid)).toEqual([4_242, 4_242, 4_242]);
    expect(driver.launches.length).toBe(1);
  });

  test("spin_up of another config is refused and names the first; the start goes on", async () => {
    const { slot, driver } = create();
    const starting = slot.spinUp("us");
    const launch = await driver.next();
    const refused = await rejectionOf(slot.spinUp("eu"));
    expect([refused.code, refused.message]).toEqual(["already-running", BUSY]);
    launch.succeed().becomeReady();
    expect(await starting).toMatchObject({ config: "us.conf", state: "running" });
    expect(driver.launches.length).toBe(1);
  });

  test("spin_down cancels it, stops the child and reports the stop", async () => {
    const { slot, driver } = create();
    const starting = slot.spinUp("us");
    const way = (await driver.next()).succeed();
    await turn();
    const stopping = slot.spinDown();
    expect((await rejectionOf(starting)).code).toBe("start-failed");
    expect(await stopping).toMatchObject({ config: "us.conf", state: "idle", logFile: "/logs/4242_us.log" });
    expect(way.stops).toBe(1);
  });

  test("row 26: the answer comes after 3.5 s at the latest, ready or not", async () => {
    jest.useFakeTimers();
    const { slot, driver } = create();
    const starting = slot.spinUp("us");
    (await driver.next()).succeed();
    await turn();
    jest.advanceTimersByTime(3_499);
    expect(await settled(starting)).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await starting).toMatchObject({ state: "running", ready: false });
  });
});

describe("while it runs", () => {
  test("row 22, item 29: spin_up is refused, of the same config or another one, there or not", async () => {
    const { slot, driver, way } = await createRunning();
    for (const name of ["us", "eu", "nope"]) expect((await rejectionOf(slot.spinUp(name))).message).toBe(BUSY);
    expect([driver.launches.length, way.stops]).toEqual([1, 0]);
  });

  test("as many clients as were told that nothing runs may join it late, each once", async () => {
    const { slot, driver } = create();
    await Promise.all([slot.status(), slot.status(), slot.status()]);
    const starting = slot.spinUp("us");
    (await driver.next()).succeed().becomeReady();
    await starting;
    expect((await Promise.all([slot.spinUp("us"), slot.spinUp("us")])).map((status) => status.pid)).toEqual([
      4_242, 4_242,
    ]);
    expect((await rejectionOf(slot.spinUp("us"))).message).toBe(BUSY);
    expect(driver.launches.length).toBe(1);
  });

  test("the time that a start takes does not count against those who may join late", async () => {
    jest.useFakeTimers();
    const { slot, driver } = create();
    await Promise.all([slot.status(), slot.status()]);
    const starting = slot.spinUp("us");
    const way = (await driver.next()).succeed();
    await turn();
    jest.advanceTimersByTime(900);
    way.becomeReady();
    await starting;
    jest.advanceTimersByTime(900);
    expect(await slot.spinUp("us")).toMatchObject({ state: "running", pid: 4_242 });
  });

  test("a late client that wants another config is refused all the same", async () => {
    const { slot, driver } = create();
    await Promise.all([slot.status(), slot.status()]);
    const starting = slot.spinUp("us");
    (await driver.next()).succeed().becomeReady();
    await starting;
    expect((await rejectionOf(slot.spinUp("eu"))).message).toBe(BUSY);
  });

  test("a client that was told that it runs is refused", async () => {
    const { slot } = await createRunning();
    await slot.status();
    expect((await rejectionOf(slot.spinUp("us"))).message).toBe(BUSY);
  });

  test("items 24 and 34: after a death that nobody has told of yet, state and spin_down know", async () => {
    const { slot, way } = await createRunning();
    way.vanish();
    const asked = Promise.all([slot.status(), rejectionOf(slot.spinDown())]);
    await turn();
    way.end("died");
    const [status, refused] = await asked;
    expect(status).toMatchObject({ state: "idle", pid: null, logFile: "/logs/4242_us.log" });
    expect(refused.message).toBe("WireProxy is not running");
  });
});

describe("section 4.3: while it stops", () => {
  test("spin_down joins the stop", async () => {
    const { slot, way } = await createRunning();
    const [one, other] = await Promise.all([slot.spinDown(), slot.spinDown()]);
    expect(one).toEqual(other);
    expect(way.stops).toBe(1);
  });

  test("state waits for the end of a quick stop", async () => {
    const { slot, way } = await createRunning();
    const release = hold(way);
    const stopping = slot.spinDown();
    await turn();
    const status = slot.status();
    expect(await settled(status)).toBe(false);
    release();
    expect(await status).toMatchObject({ state: "idle", pid: null });
    await stopping;
  });

  test("state answers within 100 ms where the stop takes long", async () => {
    jest.useFakeTimers();
    const { slot, way } = await createRunning();
    const release = hold(way);
    const stopping = slot.spinDown();
    await turn();
    const status = slot.status();
    await turn();
    jest.advanceTimersByTime(99);
    expect(await status).toMatchObject({ state: "stopping" });
    release();
    await stopping;
  });

  test.each(["us", "eu"])("spin_up of %s queues behind the stop", async (name) => {
    const { slot, driver, way } = await createRunning();
    const release = hold(way);
    const stopping = slot.spinDown();
    await turn();
    const starting = slot.spinUp(name);
    await turn();
    expect(driver.launches.length).toBe(1);
    release();
    await stopping;
    (await driver.next()).succeed(createFakeWay(7)).becomeReady();
    expect(await starting).toMatchObject({ config: `${name}.conf`, pid: 7 });
  });

  test("of two configs that queue behind it the first wins, the other is told which", async () => {
    const { slot, driver, way } = await createRunning();
    const release = hold(way);
    const stopping = slot.spinDown();
    await turn();
    const first = slot.spinUp("us");
    const second = rejectionOf(slot.spinUp("eu"));
    release();
    await stopping;
    (await driver.next()).succeed(createFakeWay(7)).becomeReady();
    expect(await first).toMatchObject({ config: "us.conf", pid: 7 });
    expect((await second).message).toBe(BUSY);
    expect(driver.launches.length).toBe(2);
  });

  test("spin_up answers within 4.5 s where the stop does not end", async () => {
    jest.useFakeTimers();
    const { slot, way } = await createRunning();
    way.stopWith(() => new Promise(() => undefined));
    slot.spinDown();
    await turn();
    const refused = rejectionOf(slot.spinUp("us"));
    await turn();
    jest.advanceTimersByTime(4_400);
    expect((await refused).message).toBe(BUSY);
  });

  test("a stop and a start together are answered within 4.5 s", async () => {
    jest.useFakeTimers();
    const { slot, driver, way } = await createRunning();
    const release = hold(way);
    const stopping = slot.spinDown();
    await turn();
    const starting = slot.spinUp("us");
    await turn();
    jest.advanceTimersByTime(3_000);
    release();
    await stopping;
    (await driver.next()).succeed(createFakeWay(7));
    await turn();
    jest.advanceTimersByTime(1_399);
    expect(await settled(starting)).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await starting).toMatchObject({ pid: 7, ready: false });
  });

  test("a stop that failed can be tried again; until then the slot is taken", async () => {
    const { slot, way } = await createRunning();
    way.stopWith(() => Promise.reject(new Failure("stop-failed", "it hangs")));
    expect((await rejectionOf(slot.spinDown())).code).toBe("stop-failed");
    expect((await rejectionOf(slot.spinUp("eu"))).message).toBe(BUSY);
    way.stopWith(async () => way.end("killed"));
    expect(await slot.spinDown()).toMatchObject({ state: "idle" });
  });
});

describe("what a former daemon left", () => {
  test("item 38: is in the slot from the beginning", async () => {
    const parts = createParts();
    const way = createFakeWay();
    way.becomeReady();
    parts.driver.survivors.set(way.logFile, { way, verified: true });
    parts.register.put(createRecord("us.conf"));
    await parts.manager.adoptAll();
    const slot = createArgusSlot(parts.manager);
    expect(await slot.status()).toMatchObject({ config: "us.conf", state: "running", pid: 4_242 });
    expect((await rejectionOf(slot.spinUp("us"))).message).toBe(BUSY);
    expect(await slot.spinDown()).toMatchObject({ state: "idle" });
    expect(way.stops).toBe(1);
  });

  test("and does not listen any more is stopped before anything is started", async () => {
    const parts = createParts();
    const way = createFakeWay();
    const release = hold(way);
    parts.driver.survivors.set(way.logFile, { way, verified: false });
    parts.register.put(createRecord("us.conf"));
    await parts.manager.adoptAll();
    const slot = createArgusSlot(parts.manager);
    const starting = slot.spinUp("eu");
    await turn();
    expect(parts.driver.launches.length).toBe(0);
    release();
    (await parts.driver.next()).succeed(createFakeWay(7)).becomeReady();
    expect(await starting).toMatchObject({ config: "eu.conf", pid: 7 });
  });

  test("and died meanwhile leaves the slot free", async () => {
    const parts = createParts();
    parts.register.put(createRecord("us.conf"));
    await parts.manager.adoptAll();
    expect(await createArgusSlot(parts.manager).status()).toBeUndefined();
    expect(parts.entries).toEqual(["INFO us.conf: ended while no daemon ran"]);
  });
});

function createParts() {
  const fake = createFakeDriver();
  const register = createFakeRegister();
  const entries: string[] = [];
  const manager = createTunnelManager({
    driver: fake,
    findConfig(name) {
      const full = name.endsWith(".conf") ? name : `${name}.conf`;
      if (full === "us.conf" || full === "eu.conf") return full;
      throw new Failure("config-not-found", `Configuration not found: ${full}`);
    },
    register,
    audit: (category, message) => void entries.push(`${category} ${message}`),
  });
  const driver = {
    launches: fake.launches,
    survivors: fake.survivors,
    /** The launch that is under way once every promise that can has settled. */
    async next() {
      await turn();
      return fake.launched();
    },
  };
  return { driver, register, manager, entries };
}

function create() {
  const parts = createParts();
  return { ...parts, slot: createArgusSlot(parts.manager) };
}

async function createRunning() {
  const parts = create();
  const starting = parts.slot.spinUp("us");
  const way = (await parts.driver.next()).succeed();
  way.becomeReady();
  await starting;
  return { ...parts, way };
}

/** The child's stop lasts until the test lets it end. */
function hold(way: FakeWay): () => void {
  const gate = Promise.withResolvers<void>();
  way.stopWith(async () => {
    await gate.promise;
    way.end("graceful");
  });
  return gate.resolve;
}

/** Whether a promise has settled once every promise that can has. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  const did = promise.then(
    () => true,
    () => true,
  );
  return await Promise.race([did, turn().then(() => false)]);
}

/** One turn of the event loop: every promise that can settle has settled. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => resolve()));
}
