import { expect, test } from "bun:test";
import { gzipSync } from "fflate";
import { unpackProgram } from "../../../../src/tunnels/wireproxy/program/unpack.ts";
import { rejectionOf } from "../../../rig/rejection.ts";
import { makeArchive, makeProgram, makeTar, sha256 } from "./archive.ts";

const content = makeProgram(5000);
const good = { name: "wireproxy", content } as const;

test("an archive gives the program in it, a large one too", async () => {
  expect(sha256(await unpackProgram(makeArchive(good)))).toBe(sha256(content));
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
  ["that is empty", new Uint8Array(0)],
  ["that is no gzip", new TextEncoder().encode("<html>not found</html>")],
  ["that is cut off", makeArchive(good).slice(0, 2000)],
  ["whose program is cut off", gzipSync(makeTar(good).slice(0, 3000))],
  ["of nothing", gzipSync(new Uint8Array(0))],
  ["without a member", makeArchive()],
  ["with another name", makeArchive({ ...good, name: "wireguard" })],
  ["with an absolute name", makeArchive({ ...good, name: "/wireproxy" })],
  ["with a name that leaves the folder", makeArchive({ ...good, name: "../wireproxy" })],
  ["with a name in a folder", makeArchive({ ...good, prefix: "usr/bin" })],
  ["of a symbolic link", makeArchive({ name: "wireproxy", type: "2", link: "/bin/sh" })],
  ["of a hard link", makeArchive({ name: "wireproxy", type: "1", link: "wireproxy" })],
  ["of a folder", makeArchive({ name: "wireproxy", type: "5" })],
  ["with a second member", makeArchive(good, { name: "LICENSE", content })],
  ["with an empty program", makeArchive({ name: "wireproxy" })],
  [
    "with more than any wireproxy has",
    gzipSync(makeTar({ ...good, content: new Uint8Array(129 * 1024 * 1024) }), { level: 1 }),
  ],
])("an archive %s is refused", async (_, archive) => {
  expect((await rejectionOf(unpackProgram(archive))).code).toBe("program-corrupt");
});
