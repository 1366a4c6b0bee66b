import { expect, test } from "bun:test";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkModes } from "../../../../src/cli/doctor/checks/modes.ts";
import { installation } from "../circumstances.ts";

test("doctor finds private files fine", async () => {
  using home = installation();
  expect(await checkModes(home.see())).toMatchObject([{ severity: "ok" }]);
});

test("a folder or a state file that others can read is a warning, the secret a problem; each with its chmod", async () => {
  using home = installation();
  const secret = join(home.paths.own, "secret");
  for (const path of [secret, home.paths.state]) {
    writeFileSync(path, "");
    chmodSync(path, 0o644);
  }
  chmodSync(home.paths.configs, 0o755);
  const found = await checkModes(home.see());
  expect(found.map(({ severity, remedy }): unknown => [severity, remedy?.split(",")[0]])).toEqual([
    ["warning", `chmod 700 ${home.paths.configs}`],
    ["problem", `chmod 600 ${secret}`],
    ["warning", `chmod 600 ${home.paths.state}`],
  ]);
});

test("a file in place of a folder is a problem, and so is a folder that its owner may not write to, each with what mends it", async () => {
  using home = installation();
  rmSync(home.paths.logs, { recursive: true });
  writeFileSync(home.paths.logs, "", { mode: 0o600 });
  chmodSync(home.paths.configs, 0o500);
  const found = await checkModes(home.see());
  const isRoot = process.getuid?.() === 0;
  expect(found.map(({ severity, message }) => [severity, message])).toEqual([
    ...(isRoot ? [] : [["problem", `nothing can be written to ${home.paths.configs}: EACCES`]]),
    ["problem", `${home.paths.logs} is no folder`],
  ]);
});

test.each([0o040, 0o020, 0o010, 0o004, 0o002, 0o001])(
  "a secret with the bit %o for others is a problem",
  async (bit) => {
    using home = installation();
    const secret = join(home.paths.own, "secret");
    writeFileSync(secret, "");
    chmodSync(secret, 0o600 | bit);
    expect(await checkModes(home.see())).toMatchObject([{ severity: "problem" }]);
  },
);

test("doctor finds a file of another user a problem", async () => {
  using home = installation();
  const found = await checkModes(home.see({ user: (process.getuid?.() ?? 0) + 1 }));
  expect(found[0]).toMatchObject({ severity: "problem" });
  expect(found[0]?.message).toStartWith(`${home.paths.home} belongs to another user`);
});
