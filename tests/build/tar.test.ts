import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TarEntry, writeTar } from "../../build/release/tar.ts";
import { modeOf } from "../rig/mode-of.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

const SECONDS = 1_700_000_000;
const ENTRIES: readonly TarEntry[] = [
  { name: "top/", mode: 0o755, content: new Uint8Array() },
  { name: "top/program", mode: 0o755, content: new Uint8Array(1000).fill(7) },
  { name: "top/text", mode: 0o644, content: new TextEncoder().encode("hello\n") },
  { name: "top/block", mode: 0o600, content: new Uint8Array(512).fill(1) },
];

test("tar lists the entries sorted, with their modes, as root's, and of the stated time", () => {
  using folder = temporaryFolder();
  const archive = join(folder.path, "a.tar");
  writeFileSync(archive, writeTar(ENTRIES, SECONDS));
  const list = Bun.spawnSync(["tar", "--utc", "--full-time", "-tvf", archive]);
  expect(list.stderr.toString()).toBe("");
  expect(list.stdout.toString().trimEnd().split("\n").map(squeeze)).toEqual([
    "drwxr-xr-x root/root 0 2023-11-14 22:13:20 top/",
    "-rw------- root/root 512 2023-11-14 22:13:20 top/block",
    "-rwxr-xr-x root/root 1000 2023-11-14 22:13:20 top/program",
    "-rw-r--r-- root/root 6 2023-11-14 22:13:20 top/text",
  ]);
});

test("tar unpacks the same content", async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "a.tar"), writeTar(ENTRIES, SECONDS));
  expect(Bun.spawnSync(["tar", "-xf", "a.tar"], { cwd: folder.path }).exitCode).toBe(0);
  expect(await Bun.file(join(folder.path, "top/text")).text()).toBe("hello\n");
  expect(await Bun.file(join(folder.path, "top/program")).bytes()).toEqual(new Uint8Array(1000).fill(7));
  expect(modeOf(join(folder.path, "top/program"))).toBe(0o755);
});

test("the order in which the entries come makes no difference", () => {
  expect(writeTar([...ENTRIES].reverse(), SECONDS)).toEqual(writeTar(ENTRIES, SECONDS));
});

test("another time gives another archive", () => {
  expect(writeTar(ENTRIES, SECONDS + 1)).not.toEqual(writeTar(ENTRIES, SECONDS));
});

test("a name that does not fit is refused, not cut", () => {
  const name = "x".repeat(101);
  expect(() => writeTar([{ name, mode: 0o644, content: new Uint8Array() }], SECONDS)).toThrow("too long");
});

function squeeze(line: string): string {
  return line.replace(/\s+/g, " ");
}
