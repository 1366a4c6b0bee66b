import { expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../../../src/platform/failure.ts";
import { readConfigFile, readTextOrUndefined, resolvePath } from "../../../../src/tunnels/config/store/config-file.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";

test("a config is read as text, with its mode", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a.conf");
  writeFileSync(path, "\ufeff[a]\r\n");
  chmodSync(path, 0o640);
  expect(readConfigFile(path)).toEqual({ text: "\ufeff[a]\r\n", mode: 0o640 });
  expect(readTextOrUndefined(path)).toBe("\ufeff[a]\r\n");
});

test("reading never waits at a named pipe, nor takes a folder, a giant or another encoding", () => {
  using folder = temporaryFolder();
  const write = (name: string, content: string | Uint8Array) => {
    const path = join(folder.path, name);
    writeFileSync(path, content);
    return path;
  };
  const pipe = join(folder.path, "pipe.conf");
  if (!Bun.spawnSync(["mkfifo", pipe]).success) throw new Error("mkfifo failed");
  const bad = [
    pipe,
    write("giant.conf", "#".repeat(1024 * 1024 + 1)),
    write("wide.conf", Buffer.from("\ufeff[a]", "utf16le")),
    join(folder.path, "none.conf"),
    "/dev",
    "/dev/zero",
  ];
  for (const path of bad) {
    expect(() => readConfigFile(path)).toThrow(Failure);
    expect(readTextOrUndefined(path)).toBeUndefined();
  }
  expect(readConfigFile(write("full.conf", "#".repeat(1024 * 1024))).text).toHaveLength(1024 * 1024);
});

test("a path in a config is absolute, from the home, or from the config's folder", () => {
  const source = { file: "/confs/ws.conf", environment: { HOME: "/home/me" } };
  expect(resolvePath("/etc/token", source)).toBe("/etc/token");
  expect(resolvePath("~/token", source)).toBe("/home/me/token");
  expect(resolvePath("a/token", source)).toBe("/confs/a/token");
  expect(resolvePath("~other/token", source)).toBe("/confs/~other/token");
  expect(resolvePath("~/token", { ...source, environment: {} })).toBeUndefined();
});

test("comments need not be UTF-8, and a value that is none is refused with its line", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "us.conf");
  const write = (text: string) => writeFileSync(path, Buffer.from(text, "latin1"));
  write("# Zürich\n[Interface]\nMTU = 1400 ; für uns\n");
  expect(readConfigFile(path).text).toBe("# Zürich\n[Interface]\nMTU = 1400 ; für uns\n");
  for (const value of ["pä", "pä # x", "`a#ü`"]) {
    write(`# Zürich\n[Socks5]\nPassword = ${value}\n`);
    expect(() => readConfigFile(path)).toThrow("us.conf is not UTF-8 text in line 3");
  }
});
