import { expect, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { pathsBelow } from "../../../src/platform/files/paths.ts";
import { refuseSharedHome, whyNotTrusted } from "../../../src/platform/files/trust.ts";
import { failureOf } from "../../rig/rejection.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

test("a home that nobody else may write to is used, and so is one that is not there yet", () => {
  using home = createHome();
  refuseSharedHome(home.paths);
  refuseSharedHome(pathsBelow("/nonexistent/home"));
});

test.each(["home", "own", "logs", "configs", "derived", "pipes", "program", "settings", "state"] as const)(
  "a home whose %s others may write to is refused with the chmod that mends it",
  (place) => {
    using home = createHome();
    const path = home.paths[place];
    for (const mode of [0o702, 0o777]) {
      chmodSync(path, mode);
      const failure = failureOf(() => refuseSharedHome(home.paths));
      expect(failure.code).toBe("permission-denied");
      expect(failure.message).toContain(`others may write to ${path},`);
      expect(failure.hint).toContain(`chmod go-w ${path}`);
    }
    chmodSync(path, 0o755);
    refuseSharedHome(home.paths);
  },
);

test("all that is to be mended is named at once", () => {
  using home = createHome();
  chmodSync(home.paths.home, 0o777);
  chmodSync(home.paths.logs, 0o777);
  expect(failureOf(() => refuseSharedHome(home.paths)).hint).toContain(`${home.paths.home} ${home.paths.logs}`);
});

test("a group that may write is refused for root, who has no group of its own", () => {
  using home = createHome();
  chmodSync(home.paths.home, 0o770);
  expect(failureOf(() => refuseSharedHome(home.paths, 0)).code).toBe("permission-denied");
});

test("a home of another user is refused", () => {
  using home = createHome();
  const other = (process.getuid?.() ?? 0) + 1;
  if (process.getuid?.() === 0) refuseSharedHome(home.paths, other);
  else expect(failureOf(() => refuseSharedHome(home.paths, other)).message).toContain("belongs to another user");
});

test("a group of the user's number that no source of groups knows to be his alone may not write", () => {
  using home = createHome();
  chmodSync(home.paths.home, 0o770);
  // Nobody has so high a number: no file lists the group, and no directory service does.
  const nobody = 4_100_000_001;
  if (!MAY_GIVE_AWAY) return;
  chownSync(home.paths.home, nobody, nobody);
  expect(failureOf(() => refuseSharedHome(home.paths, nobody)).message).toContain("others may write");
});

test("a program is not trusted where others may write to it or its folder, but for a sticky folder and one of root's group", () => {
  using home = createHome();
  const { program } = home.paths;
  expect(whyNotTrusted(program)).toBeUndefined();
  expect(whyNotTrusted("/nonexistent/program")).toBeUndefined();
  chmodSync(dirname(program), 0o1777);
  expect(whyNotTrusted(program)).toBeUndefined();
  chmodSync(dirname(program), 0o777);
  expect(whyNotTrusted(program)).toContain(`others may write to ${dirname(program)}`);
  chmodSync(dirname(program), 0o755);
  chmodSync(program, 0o757);
  expect(whyNotTrusted(program)).toContain(`others may write to ${program}`);
  if (!MAY_GIVE_AWAY) return;
  chmodSync(program, 0o775);
  chownSync(program, 0, 50);
  expect(whyNotTrusted(program, 1_000)).toBeUndefined();
  chownSync(program, 1_001, 1_001);
  expect(whyNotTrusted(program, 1_000)).toContain("others may write");
  chmodSync(program, 0o755);
  expect(whyNotTrusted(program, 1_000)).toContain("belongs to another user");
});

/** Root of a user namespace gives files to those alone whom it knows. */
const MAY_GIVE_AWAY =
  process.getuid?.() === 0 &&
  (process.platform !== "linux" || /\s4294967295\s*$/.test(readFileSync("/proc/self/uid_map", "utf8")));

function createHome() {
  const folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  for (const path of [paths.own, paths.logs, paths.configs, paths.derived, paths.pipes, dirname(paths.program)]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }
  for (const path of [paths.program, paths.settings, paths.state]) writeFileSync(path, "", { mode: 0o600 });
  return { paths, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
