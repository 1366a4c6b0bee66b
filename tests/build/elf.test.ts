import { describe, expect, test } from "bun:test";
import { checkExecutable } from "../../build/release/check-executable.ts";
import { readElf } from "../../build/release/elf.ts";

const MUSL = "/lib/ld-musl-x86_64.so.1";
const GLIBC = "/lib64/ld-linux-x86-64.so.2";

test("the processor and the loader of an ELF file are read", () => {
  expect(readElf(syntheticElf(62, MUSL))).toEqual({ arch: "x64", interpreter: MUSL });
  expect(readElf(syntheticElf(183, "/lib/ld-linux-aarch64.so.1"))).toEqual({
    arch: "arm64",
    interpreter: "/lib/ld-linux-aarch64.so.1",
  });
});

test("a static executable has no loader", () => {
  expect(readElf(syntheticElf(62, undefined)).interpreter).toBeUndefined();
});

test.skipIf(process.platform !== "linux")("the runtime of this test is read as what it is", async () => {
  const { arch, interpreter } = readElf(await Bun.file(process.execPath).bytes());
  expect<string | undefined>(arch).toBe(process.arch);
  expect(interpreter).toMatch(/^\/lib(64)?\/ld-(linux|musl)-/);
});

describe("the check", () => {
  const format = { kind: "ELF", arch: "x64", interpreter: GLIBC } as const;

  test("the check of an executable passes what is right", () => {
    expect(() => checkExecutable(syntheticElf(62, GLIBC), format)).not.toThrow();
  });

  test("the check of an executable refuses another C library", () => {
    expect(() => checkExecutable(syntheticElf(62, MUSL), format)).toThrow(`the loader is ${MUSL}, not ${GLIBC}`);
  });

  test("the check of an executable refuses another processor", () => {
    expect(() => checkExecutable(syntheticElf(183, GLIBC), format)).toThrow("the processor is arm64, not x64");
    expect(() => checkExecutable(syntheticElf(40, GLIBC), format)).toThrow("the processor is unknown, not x64");
  });

  test("the check of an executable refuses a file that is no ELF, or is cut short", () => {
    expect(() => checkExecutable(new TextEncoder().encode("#!/bin/sh\n".repeat(20)), format)).toThrow("no ELF");
    expect(() => checkExecutable(syntheticElf(62, GLIBC).subarray(0, 70), format)).toThrow("lie outside the file");
    expect(() => checkExecutable(syntheticElf(62, GLIBC).subarray(0, 180), format)).toThrow("lies outside the file");
  });
});

/** Two program headers, the second of them the loader's where there is one. */
function syntheticElf(machine: number, interpreter: string | undefined): Uint8Array {
  const name = new TextEncoder().encode(`${interpreter ?? ""}\0`);
  const bytes = new Uint8Array(64 + 2 * 56 + name.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  view.setUint16(18, machine, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 2, true);
  view.setUint32(64, 1, true);
  view.setUint32(120, interpreter === undefined ? 2 : 3, true);
  view.setBigUint64(128, BigInt(64 + 2 * 56), true);
  view.setBigUint64(152, BigInt(name.length), true);
  bytes.set(name, 64 + 2 * 56);
  return bytes;
}
