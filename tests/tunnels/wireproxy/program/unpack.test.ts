import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { gzipSync } from "fflate";
import { Failure } from "../../../../src/platform/failure.ts";
import { readSingleMember } from "../../../../src/tunnels/wireproxy/program/tar.ts";
import { unpackProgram } from "../../../../src/tunnels/wireproxy/program/unpack.ts";
import { failureOf, rejectionOf } from "../../../rig/rejection.ts";
import { makeArchive, makeProgram, makeTar, sha256 } from "./archive.ts";

const content = makeProgram(5000);
const good = { name: "wireproxy", content } as const;
const LIMIT = 1024 * 1024;

describe("the archive", () => {
  test("gives the program in it", async () => {
    expect(sha256(await unpackProgram(makeArchive(good)))).toBe(sha256(content));
  });

  test("gives a large program, in many steps", async () => {
    const large = makeProgram(3_000_001);
    const program = await unpackProgram(makeArchive({ name: "wireproxy", content: large }), { sha256: sha256(large) });
    expect(sha256(program)).toBe(sha256(large));
  });

  test("a program with another hash than the pinned one is refused with both", async () => {
    const failure = await rejectionOf(unpackProgram(makeArchive(good), { sha256: "0".repeat(64) }));
    expect(failure.code).toBe("program-corrupt");
    expect(failure.message).toContain("0".repeat(64));
    expect(failure.message).toContain(sha256(content));
  });

  test.each([
    ["empty", new Uint8Array(0)],
    ["no gzip", new TextEncoder().encode("<html>not found</html>")],
    ["cut off", makeArchive(good).slice(0, 2000)],
    ["gzip of nothing", gzipSync(new Uint8Array(0))],
    ["a bomb", gzipSync(new Uint8Array(160 * 1024 * 1024), { level: 1 })],
  ])("%s is refused", async (_, archive) => {
    expect((await rejectionOf(unpackProgram(archive))).code).toBe("program-corrupt");
  });
});

describe("the tar reader", () => {
  test("reads the member of a pre-POSIX archive too, whose type is a zero byte", () => {
    const tar = makeTar({ ...good, type: "\0" });
    expect(sha256(readSingleMember(tar, "wireproxy", LIMIT))).toBe(sha256(content));
  });

  test("reads what GNU tar pads to its record size", () => {
    const tar = Buffer.concat([makeTar(good), new Uint8Array(8192)]);
    expect(sha256(readSingleMember(tar, "wireproxy", LIMIT))).toBe(sha256(content));
  });

  test.each([
    ["another name", makeTar({ ...good, name: "wireguard" }), "named"],
    ["an absolute name", makeTar({ ...good, name: "/wireproxy" }), "named"],
    ["a name that leaves the folder", makeTar({ ...good, name: "../wireproxy" }), "named"],
    ["a name in a folder", makeTar({ ...good, name: "./wireproxy" }), "named"],
    ["a prefix", makeTar({ ...good, prefix: "usr/bin" }), "usr/bin/wireproxy"],
    ["a symbolic link", makeTar({ name: "wireproxy", type: "2", link: "/bin/sh" }), "regular"],
    ["a hard link", makeTar({ name: "wireproxy", type: "1", link: "wireproxy" }), "regular"],
    ["a folder", makeTar({ name: "wireproxy", type: "5" }), "regular"],
    ["an extended header", makeTar({ name: "wireproxy", type: "x", content }, good), "regular"],
    ["a second member", makeTar(good, { name: "LICENSE", content }), "more than one"],
    ["the program twice", makeTar(good, good), "more than one"],
    ["no member", makeTar(), "not octal"],
    ["an empty member", makeTar({ name: "wireproxy" }), "empty"],
    ["a size beyond the limit", makeTar({ ...good, size: "00777777777\0" }), "more than the"],
    ["a size in base 256", makeTar({ ...good, size: "\x80\0\0\0\0\0\0\0\0\0\x10\0" }), "octal"],
    ["a negative size", makeTar({ ...good, size: "-0000000001\0" }), "octal"],
    ["a size beyond the end", makeTar({ ...good, size: "00000020000\0" }), "cut off"],
    ["a member without the end blocks", makeTar(good).slice(0, -512), "cut off"],
    ["a member cut within", makeTar(good).slice(0, 3000), "cut off"],
    ["half a header", makeTar(good).slice(0, 300), "cut off"],
    ["noise after the end", Buffer.concat([makeTar(good), content]), "more than one"],
  ])("refuses %s", (_, tar, reason) => {
    const failure = failureOf(() => readSingleMember(tar, "wireproxy", LIMIT));
    expect(failure.code).toBe("program-corrupt");
    expect(failure.message).toContain(reason);
  });

  test("a header with a changed byte is refused, or harmless", () => {
    fc.assert(
      fc.property(fc.nat(511), fc.integer({ min: 0, max: 255 }), (offset, byte) => {
        const tar = makeTar(good);
        tar[offset] = byte;
        expect(readOrRefuse(tar)).toBeOneOf(["refused", sha256(content)]);
      }),
      { numRuns: 500 },
    );
  });

  test("noise is refused as a Failure, never as another error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2048 }), (tar) => {
        expect(readOrRefuse(tar)).toBe("refused");
      }),
    );
  });
});

function readOrRefuse(tar: Uint8Array): string {
  try {
    return sha256(readSingleMember(tar, "wireproxy", LIMIT));
  } catch (error) {
    if (error instanceof Failure && error.code === "program-corrupt") return "refused";
    throw error;
  }
}
