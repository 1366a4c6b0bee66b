import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { appendFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHeartbeat } from "../../../src/daemon/parts/heartbeat.ts";
import { Failure } from "../../../src/platform/failure.ts";
import { turn } from "../../rig/event-loop.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { createStateRig, ourselves } from "../state/state-rig.ts";

const MINUTE = 60_000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe("a beat", () => {
  test("a beat comes once a minute and writes the time", async () => {
    using rig = create();
    rig.state.clock.time += MINUTE;
    await beat(0.999);
    expect(rig.beats()).toBe(0);
    expect(rig.state.onDisk()).toMatchObject({ lastHeartbeatIso: "2026-01-01T00:00:00.000Z" });
    await beat(0.001);
    expect(rig.beats()).toBe(1);
    expect(rig.state.onDisk()).toMatchObject({ lastHeartbeatIso: "2026-01-01T00:01:00.000Z" });
    await beat(4);
    expect(rig.beats()).toBe(5);
  });

  test("a beat that finds another daemon's file ends this one", async () => {
    using rig = create();
    rig.state.open("another");
    await beat();
    expect(rig.stops).toEqual(["lost-ownership"]);
  });

  test("a beat comes no more after the stop, and leaves no timer", async () => {
    using rig = create();
    rig.stop();
    await beat(3);
    expect([rig.beats(), jest.getTimerCount()]).toEqual([0, 0]);
  });
});

describe("our own program", () => {
  test("our own program that is replaced takes over once it was seen twice the same", async () => {
    using rig = create();
    await beat(3);
    rig.replaceProgram();
    await beat();
    expect(rig.candidates).toEqual([]);
    await beat();
    expect(rig.candidates).toEqual([rig.program]);
  });

  test("our own program that is still being written is waited for", async () => {
    using rig = create();
    rig.replaceProgram();
    for (let part = 0; part < 5; part++) {
      appendFileSync(rig.program, "more");
      await beat();
    }
    expect(rig.candidates).toEqual([]);
    await beat();
    expect(rig.candidates).toEqual([rig.program]);
  });

  test("our own program that was put back as it was is no other", async () => {
    using rig = create();
    renameSync(rig.program, `${rig.program}.away`);
    await beat(2);
    renameSync(`${rig.program}.away`, rig.program);
    await beat(3);
    expect([rig.candidates, rig.stops]).toEqual([[], []]);
  });

  test("our own program is not looked at where we run from source", async () => {
    using rig = create({ fromSource: true });
    rig.replaceProgram();
    await beat(10);
    rmSync(rig.program);
    await beat(10);
    expect([rig.candidates, rig.stops, rig.beats()]).toEqual([[], [], 20]);
  });
});

describe("a successor that fails", () => {
  test("a successor that fails is told in the state, and tried again after 1, 5, 15, 60 and 60 minutes", async () => {
    using rig = create({ fails: true });
    rig.replaceProgram();
    await beat(2);
    expect(rig.candidates.length).toBe(1);
    expect(rig.state.onDisk()).toMatchObject({
      state: "running",
      stateDetail: "hand-over failed: it is broken (install it anew)",
    });
    expect(rig.state.entries.at(-1)).toBe(
      "ERROR hand-over failed, tried again in 1 min: it is broken (install it anew)",
    );
    for (const [index, minutes] of [1, 5, 15, 60, 60].entries()) {
      await beat(minutes - 1);
      expect(rig.candidates.length).toBe(index + 1);
      await beat();
      expect(rig.candidates.length).toBe(index + 2);
    }
    expect(rig.stops).toEqual([]);
  });
});

test("after two hand-overs within ten minutes none is begun until they are over", async () => {
  using rig = create({ handOvers: 2 });
  rig.replaceProgram();
  await beat(4);
  expect(rig.candidates).toEqual([]);
  rig.state.clock.time += 10 * MINUTE;
  await beat();
  expect(rig.candidates).toEqual([rig.program]);
});

describe("our own program that is missing", () => {
  test("five times in a row does not end the daemon, and is said once", async () => {
    using rig = create();
    rmSync(rig.program);
    await beat(4);
    expect(rig.missing()).toEqual([]);
    await beat(6);
    expect(rig.stops).toEqual([]);
    expect(rig.missing()).toEqual([`ERROR ${rig.program} is gone; this daemon goes on without it`]);
  });

  test("less often is being installed", async () => {
    using rig = create();
    rmSync(rig.program);
    await beat(4);
    rig.replaceProgram();
    await beat();
    rmSync(rig.program);
    await beat(4);
    expect([rig.stops, rig.candidates]).toEqual([[], []]);
  });

  test("our own program that is missing with its whole folder, or where that is a file by now, is missing likewise", async () => {
    using rig = create();
    rmSync(rig.folder, { recursive: true });
    await beat(2);
    writeFileSync(rig.folder, "");
    await beat(3);
    expect([rig.stops, rig.missing().length]).toEqual([[], 1]);
  });
});

function create({ fromSource = false, fails = false, handOvers = 0 } = {}) {
  const state = createStateRig();
  for (let handOver = 0; handOver < handOvers; handOver++) state.open(`former-${handOver}`, ourselves(), "handover");
  const place = temporaryFolder();
  const folder = join(place.path, "program");
  const program = join(folder, "wpdaemon");
  Bun.spawnSync(["mkdir", folder]);
  writeFileSync(program, "the first");
  const candidates: string[] = [];
  const stops: string[] = [];
  let beats = 0;
  const file = state.open();
  const heartbeat = createHeartbeat({
    state: file,
    executable: fromSource ? undefined : program,
    async handOver(path) {
      candidates.push(path);
      if (fails) throw new Failure("handover-failed", "it is broken", { hint: "install it anew" });
    },
    onStop: (reason) => void stops.push(reason),
    audit: (category, message) => void state.entries.push(`${category} ${message}`),
    onBeat: () => void beats++,
  });
  heartbeat.open();
  return {
    state,
    folder,
    program,
    candidates,
    stops,
    beats: () => beats,
    missing: () => state.entries.filter((entry) => entry.includes("is gone")),
    /** As an installation does it: another file takes the name. */
    replaceProgram() {
      writeFileSync(`${program}.new`, "another one, and longer");
      renameSync(`${program}.new`, program);
    },
    stop: heartbeat.stop,
    [Symbol.dispose]() {
      heartbeat.stop();
      place[Symbol.dispose]();
      state[Symbol.dispose]();
    },
  };
}

/** So many beats' time passes, and each beat comes to its end. */
async function beat(count = 1): Promise<void> {
  for (let left = count; left > 0; left -= 1) {
    jest.advanceTimersByTime(MINUTE * Math.min(1, left));
    await turn();
  }
}
