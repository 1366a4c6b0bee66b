import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkExecutable } from "../../build/release/check-executable.ts";
import { readMachO } from "../../build/release/mach-o.ts";
import { signMachO } from "../../build/release/sign-mach-o.ts";
import { verifyMachO } from "../../build/release/verify-mach-o.ts";
import { LINKEDIT_OFFSET, SIGNATURE_OFFSET, syntheticMachO } from "./synthetic-mach-o.ts";

const PAGES = Math.ceil(SIGNATURE_OFFSET / 4096);
/** Apple's own signatures are on it, so it also judges the verifier. */
const REAL = join(import.meta.dir, "../../.tools/runtimes/node_modules/@oven/bun-darwin-x64/bin/bun");

describe("a signed executable", () => {
  test("a signed executable passes, under its name and with an ad-hoc signature's flags", () => {
    expect(verifyMachO(signMachO(syntheticMachO(), "wpdaemon"))).toEqual({
      identifier: "wpdaemon",
      flags: 0x20002,
      pages: PAGES,
      wrongPages: [],
    });
  });

  test("a signed executable is the same each time, and the same when it is signed again", () => {
    const signed = signMachO(syntheticMachO(), "wpdaemon");
    expect(signMachO(syntheticMachO(), "wpdaemon")).toEqual(signed);
    expect(signMachO(signed, "wpdaemon")).toEqual(signed);
  });

  test("a signed executable ends with its last segment, whose load command says so", () => {
    const signed = signMachO(syntheticMachO(), "wpdaemon");
    const { linkedit, signature } = readMachO(signed);
    expect(linkedit.offset + linkedit.size).toBe(signed.length);
    expect(linkedit.memorySize).toBeGreaterThanOrEqual(linkedit.size);
    expect(signature).toMatchObject({ offset: SIGNATURE_OFFSET, size: signed.length - SIGNATURE_OFFSET });
  });

  // Computed here from Apple's layout, for signer and verifier might share a mistake.
  test("a signed executable has the code directory that cs_blobs.h describes", () => {
    const signed = signMachO(syntheticMachO(), "wpdaemon");
    const blob = Buffer.from(signed.subarray(SIGNATURE_OFFSET));
    expect([0, 8, 12].map((at) => blob.readUInt32BE(at))).toEqual([0xfade0cc0, 1, 0]);
    const directory = blob.subarray(blob.readUInt32BE(16));
    expect([0, 8, 12, 20, 24, 28, 32].map((at) => directory.readUInt32BE(at))).toEqual([
      0xfade0c02,
      0x20400,
      0x20002,
      88,
      0,
      PAGES,
      SIGNATURE_OFFSET,
    ]);
    expect([...directory.subarray(36, 40)]).toEqual([32, 2, 0, 12]);
    expect([64, 72, 80].map((at) => Number(directory.readBigUInt64BE(at)))).toEqual([0, LINKEDIT_OFFSET, 1]);
    const hashes = directory.readUInt32BE(16);
    const last = signed.subarray((PAGES - 1) * 4096, SIGNATURE_OFFSET);
    expect(directory.subarray(hashes + (PAGES - 1) * 32, hashes + PAGES * 32).toString("hex")).toBe(
      new Bun.CryptoHasher("sha256").update(last).digest("hex"),
    );
  });
});

describe("a changed executable", () => {
  test.each([0, 1, PAGES - 1])("a changed executable shows that page %d is not what was signed", (page) => {
    const signed = signMachO(syntheticMachO(), "wpdaemon");
    // Not the header's own numbers, or it would be unreadable.
    const at = page === 0 ? 2000 : page * 4096;
    signed[at] = (signed[at] ?? 0) ^ 1;
    expect(verifyMachO(signed).wrongPages).toEqual([page]);
    expect(() => checkExecutable(signed, { kind: "Mach-O", arch: "x64", needsSignature: true })).toThrow(
      "1 of 6 signed pages",
    );
  });

  test("a changed executable is refused where something was appended", () => {
    const longer = Buffer.concat([signMachO(syntheticMachO(), "wpdaemon"), new Uint8Array(16)]);
    expect(() => verifyMachO(longer)).toThrow("does not end where");
  });

  test("a changed executable is refused where its signature means nothing", () => {
    expect(() => verifyMachO(syntheticMachO())).toThrow("the signature is damaged");
  });
});

test("an executable for the other processor is refused", () => {
  const arm64 = signMachO(syntheticMachO(0x0100_000c), "wpdaemon");
  expect(() => checkExecutable(arm64, { kind: "Mach-O", arch: "arm64", needsSignature: false })).not.toThrow();
  expect(() => checkExecutable(arm64, { kind: "Mach-O", arch: "x64", needsSignature: true })).toThrow("arm64, not x64");
});

test("a file that is cut short is refused with a sentence, wherever it ends", () => {
  const bytes = syntheticMachO();
  for (const length of [0, 4, 31, 40, 100, 150]) {
    expect(() => readMachO(bytes.subarray(0, length))).toThrow(/Mach-O/);
  }
});

test.skipIf(!existsSync(REAL))(
  "a real runtime passes, with its maker's flags, and passes as ours when signed anew",
  () => {
    const runtime = new Uint8Array(readFileSync(REAL));
    expect(verifyMachO(runtime)).toMatchObject({ identifier: "bun", flags: 0x10000, wrongPages: [] });
    const signed = signMachO(runtime, "wpdaemon");
    expect(verifyMachO(signed)).toMatchObject({ identifier: "wpdaemon", flags: 0x20002, wrongPages: [] });
  },
);
