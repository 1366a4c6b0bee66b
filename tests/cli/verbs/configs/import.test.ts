import { expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathsBelow } from "../../../../src/platform/files/paths.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";
import { sampleConfig } from "../../../tunnels/wireproxy/config/sample-config.ts";
import { runCommandLine } from "../../command-line.ts";

test("of several sources of `config import`, one that cannot be read keeps no other back", async () => {
  using folder = temporaryFolder();
  const home = join(folder.path, "home");
  mkdirSync(home);
  const [first, broken, last] = ["first.conf", "broken.zip", "last.conf"].map((name) => join(folder.path, name));
  for (const path of [first, last]) writeFileSync(path ?? "", sampleConfig());
  writeFileSync(broken ?? "", "PK\u0003\u0004 and nothing else");
  const sources = [first, broken, last].filter((path) => path !== undefined);
  const { code, output, complaint } = await runCommandLine(["config", "import", ...sources, "--home", home]);
  expect([code, output]).toEqual([1, "imported first.conf\nimported last.conf\n"]);
  expect(complaint).toContain("broken.zip is a damaged zip archive");
  const { configs } = pathsBelow(home);
  expect(["first.conf", "last.conf"].map((name) => existsSync(join(configs, name)))).toEqual([true, true]);
});

test("of a folder, what is good is imported, and what is not makes the call fail", async () => {
  using folder = temporaryFolder();
  const source = join(folder.path, "source");
  mkdirSync(source);
  writeFileSync(join(source, "good.conf"), sampleConfig());
  writeFileSync(join(source, "bad.conf"), "[Interface]\nnothing\n");
  const { code, output, complaint } = await runCommandLine(["config", "import", source, "--home", folder.path]);
  expect([code, output]).toEqual([1, "imported good.conf\n"]);
  expect(complaint).toContain("bad.conf");
});

test("`config import` refuses a named pipe, and does not wait for who writes into it", async () => {
  using folder = temporaryFolder();
  const pipe = join(folder.path, "pipe.conf");
  expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
  const { code, complaint } = await runCommandLine(["config", "import", pipe, "--home", folder.path]);
  expect(code).toBe(1);
  expect(complaint).toContain("is not a regular file");
});
