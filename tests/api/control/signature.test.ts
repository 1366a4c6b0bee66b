import { expect, test } from "bun:test";
import { hkdfSync } from "node:crypto";
import { createVerifier, type SignedParts } from "../../../src/api/control/signature.ts";
import { signRequest } from "./sign-request.ts";

const SECRET = Uint8Array.from({ length: 32 }, (_, index) => index);
const NONCE = "0123456789abcdef0123456789abcdef";
const AT = 1_700_000_000_000;
const PARTS: SignedParts = { method: "POST", target: "/stop", body: encode("{}") };

test("the signature of the documented example is the documented one", () => {
  expect(signRequest(SECRET, PARTS, AT, NONCE)).toEqual({
    "x-remcli-ts": "1700000000000",
    "x-remcli-nonce": NONCE,
    "x-remcli-sig": "262ce1a36e5761823ac7f8882e2469cc5728f09e7a4d6e19de93781cf6be100a",
  });
  const key = Buffer.from(hkdfSync("sha256", SECRET, "", "remcli-control-v1", 32)).toString("hex");
  expect(key).toBe("e4c529ab76f77acc3a14cd70a4233b559e1bb00725c12bcf6641b2fdde88d7c9");
});

test("the vector verifies, once", () => {
  const { verify } = createVerifier(SECRET, () => AT);
  expect(verify(PARTS, signed())).toBeUndefined();
  expect(verify(PARTS, signed())).toBe("replayed");
});

test("whatever is altered, the signature does not match", () => {
  const { verify } = createVerifier(SECRET, () => AT);
  expect(verify({ ...PARTS, method: "GET" }, signed())).toBe("bad-signature");
  expect(verify({ ...PARTS, target: "/stop?reason=1" }, signed())).toBe("bad-signature");
  expect(verify({ ...PARTS, body: encode("{ }") }, signed())).toBe("bad-signature");
  const alterations = [
    { "x-remcli-ts": String(AT + 1) },
    { "x-remcli-nonce": NONCE.replace("0", "1") },
    { "x-remcli-sig": "262ce1a36e5761823ac7f8882e2469cc5728f09e7a4d6e19de93781cf6be100a0" },
    { "x-remcli-sig": "262CE1A36E5761823AC7F8882E2469CC5728F09E7A4D6E19DE93781CF6BE100A" },
  ];
  for (const alteration of alterations) expect(verify(PARTS, signed(alteration))).toBe("bad-signature");
  const stranger = new Headers({ ...signRequest(SECRET.toReversed(), PARTS, AT, NONCE) });
  expect(verify(PARTS, stranger)).toBe("bad-signature");
  expect(verify(PARTS, signed())).toBeUndefined();
});

test("a time or nonce that is no such thing is refused though it is signed", () => {
  const { verify } = createVerifier(SECRET, () => AT);
  const odd = new Headers({ ...signRequest(SECRET, PARTS, AT, "short") });
  expect(verify(PARTS, odd)).toBe("bad-signature");
  expect(verify(PARTS, new Headers({ ...signRequest(SECRET, PARTS, Number.NaN, NONCE) }))).toBe("bad-signature");
});

test("a request that lacks a header is unsigned", () => {
  const { verify } = createVerifier(SECRET, () => AT);
  for (const name of ["x-remcli-ts", "x-remcli-nonce", "x-remcli-sig"]) {
    const headers = signed();
    headers.delete(name);
    expect(verify(PARTS, headers)).toBe("unsigned");
  }
});

test("the headers alone show that a request cannot be proven, and that it may be", () => {
  const { findHeaderFault, verify } = createVerifier(SECRET, () => AT);
  expect(findHeaderFault(new Headers())).toBe("unsigned");
  expect(findHeaderFault(signed({ "x-remcli-sig": "ff" }))).toBe("bad-signature");
  expect(findHeaderFault(signed({ "x-remcli-ts": String(AT - 30_001) }))).toBe("stale");
  expect(findHeaderFault(signed({ "x-remcli-sig": "f".repeat(64) }))).toBeUndefined();
  expect(verify(PARTS, signed())).toBeUndefined();
  expect(findHeaderFault(signed())).toBe("replayed");
});

test("30 s away from the daemon's clock is fresh, more is stale", () => {
  for (const [difference, fault] of [
    [30_000, undefined],
    [-30_000, undefined],
    [30_001, "stale"],
    [-30_001, "stale"],
  ] as const) {
    expect(createVerifier(SECRET, () => AT + difference).verify(PARTS, signed())).toBe(fault);
  }
});

test("no request is taken twice while it is fresh, whatever the clocks say", () => {
  let now = AT - 30_000;
  const { verify } = createVerifier(SECRET, () => now);
  expect(verify(PARTS, signed())).toBeUndefined();
  for (; now <= AT + 30_000; now += 1_000) expect(verify(PARTS, signed())).toBe("replayed");
  expect(verify(PARTS, signed())).toBe("stale");
});

test("a request is remembered for as long as it could be taken for fresh, however many others come between", () => {
  let now = AT - 30_000;
  const { verify } = createVerifier(SECRET, () => now);
  expect(verify(PARTS, signed())).toBeUndefined();
  for (; now <= AT + 30_000; now += 500) {
    expect(verify(PARTS, new Headers({ ...signRequest(SECRET, PARTS, now) }))).toBeUndefined();
    expect(verify(PARTS, signed())).toBe("replayed");
  }
  expect(verify(PARTS, signed())).toBe("stale");
});

test("as many as 16,384 requests are remembered, and what had to be forgotten is stale", () => {
  const { verify } = createVerifier(SECRET, () => AT);
  const other = () => new Headers({ ...signRequest(SECRET, PARTS, AT + 1) });
  expect(verify(PARTS, signed())).toBeUndefined();
  for (let count = 1; count < 16_384; count += 1) verify(PARTS, other());
  expect(verify(PARTS, signed())).toBe("replayed");
  verify(PARTS, other());
  expect(verify(PARTS, signed())).toBe("stale");
});

test("more requests than can be remembered make old ones stale, never new again", () => {
  const { verify } = createVerifier(SECRET, () => AT, 4);
  const requests = Array.from({ length: 12 }, (_, index) => {
    const nonce = index.toString(16).padStart(32, "0");
    return new Headers({ ...signRequest(SECRET, PARTS, AT + index, nonce) });
  });
  for (const request of requests) expect(verify(PARTS, request)).toBeUndefined();
  const again = requests.map((request) => verify(PARTS, request));
  expect(again.filter((fault) => fault === undefined)).toEqual([]);
  expect(again.slice(-3)).toEqual(["replayed", "replayed", "replayed"]);
});

function signed(changes: Readonly<Record<string, string>> = {}): Headers {
  return new Headers({ ...signRequest(SECRET, PARTS, AT, NONCE), ...changes });
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
