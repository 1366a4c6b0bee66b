import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { writeBundle } from "../../../../src/cli/doctor/bundle/bundle.ts";
import { createRedactor } from "../../../../src/cli/doctor/bundle/redactor.ts";
import { modeOf } from "../../../rig/mode-of.ts";
import { rejectionOf } from "../../../rig/rejection.ts";
import { installation } from "../circumstances.ts";

const redactor = createRedactor({ secrets: new Set(["planted"]), publicKeys: new Set() });

test("it holds documents, settings, state, configs and the ends of the newest logs", async () => {
  using home = installation();
  const { paths } = home;
  for (const second of [1, 2, 30, 4, 5, 6]) writeFileSync(join(paths.logs, `${second}_us.log`), `run ${second}\n`);
  writeFileSync(paths.auditLog, Array.from({ length: 600 }, (_, line) => `line ${line}\n`).join(""));
  writeFileSync(join(paths.configs, "planted.conf"), "[Socks5]\nPassword = planted\n");
  writeFileSync(join(paths.configs, "us.conf"), "[Socks5]\n");
  mkdirSync(paths.settings);
  const zip = join(paths.home, "b.zip");
  await writeBundle(zip, { paths, documents: { "status.json": { reason: "planted" } }, redactor, force: false });
  const files = unzip(zip);
  expect(Object.keys(files).toSorted()).toEqual([
    "audit.log",
    "config.yaml",
    "configs/<removed>.conf",
    "configs/us.conf",
    "sessions/2_us.log",
    "sessions/30_us.log",
    "sessions/4_us.log",
    "sessions/5_us.log",
    "sessions/6_us.log",
    "status.json",
  ]);
  expect(files["audit.log"]?.split("\n")).toHaveLength(500);
  expect(files["audit.log"]).toStartWith("line 100\n");
  expect(files["config.yaml"]).toStartWith("cannot be read: ");
  expect(JSON.parse(files["status.json"] ?? "")).toEqual({ reason: "<removed>" });
  expect(modeOf(zip)).toBe(0o600);
});

test("a file that is there stays, unless --force", async () => {
  using home = installation();
  const zip = join(home.paths.home, "b.zip");
  writeFileSync(zip, "mine", { mode: 0o644 });
  const parts = { paths: home.paths, documents: {}, redactor };
  const failure = await rejectionOf(writeBundle(zip, { ...parts, force: false }));
  expect([failure.code, failure.hint]).toEqual(["file-unusable", "choose another name, or replace it with --force"]);
  expect(readFileSync(zip, "utf8")).toBe("mine");
  await writeBundle(zip, { ...parts, force: true });
  expect(unzip(zip)).toEqual({});
  expect(modeOf(zip)).toBe(0o600);
});

function unzip(path: string): Record<string, string> {
  const entries = Object.entries(unzipSync(readFileSync(path)));
  return Object.fromEntries(entries.map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]));
}
