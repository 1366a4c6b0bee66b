import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeUnit } from "../../src/platform/service/systemd.ts";
import { exampleService } from "../platform/service/example.ts";
import { lacksProgram } from "../rig/needs-program.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

test.skipIf(process.platform !== "linux" || lacksProgram("systemd-analyze")).each([undefined, "root"])(
  "systemd finds no fault, account %j",
  (account) => {
    using folder = temporaryFolder();
    const program = join(folder.path, "my bin 100% $HOME", "wpdaemon");
    mkdirSync(join(program, ".."));
    writeFileSync(program, "#!/bin/sh\n");
    chmodSync(program, 0o755);
    const file = join(folder.path, "wpdaemon.service");
    const home = '/home/me/a "b" $HOME \\ 5%';
    writeFileSync(file, describeUnit(exampleService({ account, home, command: [program, "--home", home] }), true));
    const verified = Bun.spawnSync(["systemd-analyze", "verify", "--man=no", file], { stderr: "pipe" });
    expect([`${verified.stderr}`, verified.exitCode]).toEqual(["", 0]);
  },
);

// Of 10; systemd counts tenths.
test.skipIf(process.platform !== "linux" || lacksProgram("systemd-analyze")).each([
  ["the machine's", "me", [], 15],
  ["a user's", undefined, ["--user"], 40],
])("systemd's rating of the exposure of %s service stays under its bound", (_, account, scope, bound) => {
  using folder = temporaryFolder();
  const file = join(folder.path, "wpdaemon.service");
  writeFileSync(file, describeUnit(exampleService({ account }), true));
  const rated = Bun.spawnSync(
    ["systemd-analyze", ...scope, "security", "--no-pager", "--offline=true", `--threshold=${bound}`, file],
    { env: { ...process.env, XDG_RUNTIME_DIR: folder.path }, stderr: "pipe" },
  );
  expect([`${rated.stdout}`, rated.exitCode]).toEqual([expect.stringContaining("Overall exposure level"), 0]);
});
