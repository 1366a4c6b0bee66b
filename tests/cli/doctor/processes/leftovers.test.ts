import { expect, test } from "bun:test";
import { existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findLeftovers, removeLeftover } from "../../../../src/cli/doctor/processes/leftovers.ts";
import { makeNamedPipe } from "../../../../src/platform/libc.ts";
import { childRecord } from "../../../rig/child-record.ts";
import { writeRecord } from "../../daemon/stub-daemon.ts";
import { installation } from "../circumstances.ts";

test("beside a dead daemon everything of its goes that no process uses", () => {
  using home = clutter();
  expect(find(home, { daemonLives: false, configsInUse: [home.used] }).toSorted()).toEqual(
    [home.pipe, home.recordedPipe, home.derived, home.recordedDerived, home.aside, home.draft, home.socket].toSorted(),
  );
});

test("a daemon that lives keeps its state, its socket and what is on its record, or may be in a moment", () => {
  using home = clutter();
  expect(find(home, { daemonLives: true, configsInUse: [home.used] }).toSorted()).toEqual(
    [home.pipe, home.aside].toSorted(),
  );
  const old = Date.now() / 1_000 - 3_600;
  utimesSync(home.derived, old, old);
  expect(find(home, { daemonLives: true, configsInUse: [home.used] })).toContain(home.derived);
});

test("where its records cannot be read, a daemon that lives keeps every pipe and config", () => {
  using home = clutter();
  writeFileSync(home.paths.state, "{");
  expect(find(home, { daemonLives: true, configsInUse: [] })).toEqual([home.aside]);
});

test("a pipe that a process holds stays", async () => {
  using home = clutter();
  const holder = Bun.spawn(["sh", "-c", 'exec 3<>"$0"; echo open; read line', home.pipe], {
    stdin: "pipe",
    stdout: "pipe",
  });
  try {
    await holder.stdout.getReader().read();
    expect(find(home, { daemonLives: false, configsInUse: [] })).not.toContain(home.pipe);
  } finally {
    holder.kill("SIGKILL");
    await holder.exited;
  }
  expect(find(home, { daemonLives: false, configsInUse: [] })).toContain(home.pipe);
});

test("what is removed is gone, and what cannot be is told", () => {
  using home = clutter();
  expect(removeLeftover(home.aside)).toBeUndefined();
  expect(existsSync(home.aside)).toBe(false);
  expect(removeLeftover(home.paths.own)).toBeString();
});

function find(home: ReturnType<typeof clutter>, parts: { daemonLives: boolean; configsInUse: readonly string[] }) {
  return findLeftovers({ paths: home.paths, now: Date.now(), ...parts });
}

/** An installation with one of everything that may be left over, and what is not. */
function clutter() {
  const home = installation();
  const { paths } = home;
  for (const folder of [paths.pipes, paths.derived]) mkdirSync(folder);
  const things = {
    pipe: join(paths.pipes, "1_us.log.pipe"),
    recordedPipe: join(paths.pipes, "2_us.log.pipe"),
    derived: join(paths.derived, "1-us.conf"),
    recordedDerived: join(paths.derived, "2-us.conf"),
    used: join(paths.derived, "3-us.conf"),
    aside: `${paths.state}.corrupt-17`,
    draft: `${paths.state}.7.abc.tmp`,
    socket: paths.control,
  };
  for (const path of [things.pipe, things.recordedPipe]) makeNamedPipe(path);
  for (const path of [things.derived, things.recordedDerived, things.used, things.aside, things.draft, paths.lock]) {
    writeFileSync(path, "");
  }
  writeRecord(paths, { children: [childRecord({ pipe: things.recordedPipe, derivedFile: things.recordedDerived })] });
  const server = Bun.listen({ unix: paths.control, socket: { data() {} } });
  return {
    paths,
    ...things,
    [Symbol.dispose]() {
      server.stop(true);
      home[Symbol.dispose]();
    },
  };
}
