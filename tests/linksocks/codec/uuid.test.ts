import { expect, test } from "bun:test";
import { formatUuid, newUuid, parseUuid } from "../../../src/linksocks/codec/uuid.ts";

const TEXT = "00112233-4455-6677-8899-aabbccddeeff";

test("a UUID is the bytes that its digits say, in their order, one character each", () => {
  const id = parseUuid(TEXT);
  expect([...Buffer.from(id, "latin1")]).toEqual(Array.from({ length: 16 }, (_, index) => index * 0x11));
  expect(id.length).toBe(16);
});

test.each([
  ["without hyphens", TEXT.replaceAll("-", "")],
  ["in upper case", TEXT.toUpperCase()],
])("it is read %s too", (_, text) => {
  expect(parseUuid(text)).toBe(parseUuid(TEXT));
});

test.each([TEXT, "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"])(
  "%s is written as it was read",
  (text) => {
    expect(formatUuid(parseUuid(text))).toBe(text);
  },
);

test("a new one is random, of version 4", () => {
  const [one, other] = [newUuid(), newUuid()];
  expect(one).not.toBe(other);
  expect(formatUuid(one)).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});
