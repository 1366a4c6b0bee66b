import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ExecutableKind, readExecutableKind } from "../../../src/platform/process/executable-kind.ts";
import { elf, machO, universal } from "../../cli/doctor/processes/executables.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

test("this very runtime is made for this machine", () => {
  const format = process.platform === "linux" ? "elf" : "mach-o";
  const kind = readExecutableKind(process.execPath);
  expect(kind.format).toBe(format);
  expect("machines" in kind && kind.machines).toContain(process.arch);
});

test.each<[Uint8Array | string, ExecutableKind]>([
  [elf(3), { format: "elf", machines: ["ia32"] }],
  [elf(999), { format: "elf", machines: ["other"] }],
  [machO(0x01000007), { format: "mach-o", machines: ["x64"] }],
  [universal(0x01000007, 0x0100000c, 5), { format: "mach-o", machines: ["x64", "arm64", "other"] }],
  [universal(0x01000007).slice(0, 20), { format: "mach-o", machines: [] }],
  ["#!", { format: "script" }],
  ["\u007fELF", { format: "unknown" }],
  ["", { format: "unknown" }],
])("the kind of an executable is read from its first bytes, even from too few", (content, kind) => {
  using folder = temporaryFolder();
  const path = join(folder.path, "program");
  writeFileSync(path, content);
  expect(readExecutableKind(path)).toEqual(kind);
});
