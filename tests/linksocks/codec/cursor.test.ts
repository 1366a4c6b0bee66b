import { describe, expect, test } from "bun:test";
import { type Cursor, createCursor, readUuid, UnreadableField } from "../../../src/linksocks/codec/cursor.ts";
import { fromHex } from "./examples.ts";

const ID = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

test("fields are read one after the other, from the start that was named, big-endian", () => {
  const cursor = createCursor(fromHex(`ffff 80 fffe fffffffd ${ID} 03c3a961 0102 07`), 2);
  expect(cursor.left).toBe(30);
  expect(cursor.byte()).toBe(0x80);
  expect(cursor.u16()).toBe(0xfffe);
  expect(cursor.u32()).toBe(0xffff_fffd);
  expect(Buffer.from(cursor.uuid(), "latin1").toString("hex")).toBe(ID);
  expect(cursor.text()).toBe("éa");
  expect(cursor.bytes(2)).toEqual(Buffer.from([1, 2]));
  expect(cursor.left).toBe(1);
  expect(cursor.byte()).toBe(7);
  expect(cursor.left).toBe(0);
});

describe("a field that the message does not hold whole is refused, even where other bytes lie behind the message", () => {
  const fields: readonly [string, number, (cursor: Cursor) => unknown][] = [
    ["a byte", 1, (cursor) => cursor.byte()],
    ["two bytes", 2, (cursor) => cursor.u16()],
    ["four bytes", 4, (cursor) => cursor.u32()],
    ["a UUID", 16, (cursor) => cursor.uuid()],
    ["a text", 6, (cursor) => cursor.text()],
    ["a token", 6, (cursor) => cursor.token()],
    ["bytes", 9, (cursor) => cursor.bytes(9)],
  ];
  test.each(fields)(
    "a field that the message does not hold whole is refused, even where other bytes lie behind the message: %s",
    (_name, length, read) => {
      const memory = Buffer.alloc(64, 5);
      const whole = createCursor(memory.subarray(8, 8 + 3 + length), 3);
      read(whole);
      expect(whole.left).toBe(0);
      for (let held = 0; held < length; held += 1) {
        expect(() => read(createCursor(memory.subarray(8, 8 + 3 + held), 3))).toThrow(UnreadableField);
      }
    },
  );
});

test("an empty text and no bytes at all are read, and the length of a text goes up to 255", () => {
  const cursor = createCursor(Buffer.concat([Buffer.from([0]), Buffer.alloc(256, 255)]), 0);
  expect(cursor.text()).toBe("");
  expect(cursor.bytes(0)).toHaveLength(0);
  expect(cursor.text()).toBe("\ufffd".repeat(255));
  expect(cursor.bytes(0)).toHaveLength(0);
});

test("bytes are a part of the message, not a copy", () => {
  const message = Buffer.from("abcdef").subarray(1);
  const bytes = createCursor(message, 1).bytes(2);
  expect(bytes.buffer).toBe(message.buffer);
  message.write("xy", 1);
  expect(bytes.toString()).toBe("xy");
});

describe("the window", () => {
  test("the window of a message is read where the rest begins with its mark, and the rest stays", () => {
    const cursor = createCursor(fromHex("aa 00777001 00040000 bb"), 1);
    expect(cursor.window()).toBe(0x40000);
    expect(cursor.left).toBe(9);
  });

  test("the window of a message is not there where the mark is cut, another, or further on", () => {
    for (const rest of ["", "00", "00777001", "00777001 000400", "00777002 00040000", "01777001 00040000"]) {
      expect(createCursor(fromHex(rest), 0).window()).toBeUndefined();
    }
    expect(createCursor(fromHex("aa 00777001 00040000"), 0).window()).toBeUndefined();
  });

  test("the window of a message is not read from bytes behind the message", () => {
    const memory = fromHex("00777001 00040000");
    expect(createCursor(memory.subarray(0, 7), 0).window()).toBeUndefined();
    expect(createCursor(memory.subarray(0, 2), 0).window()).toBeUndefined();
  });
});

test("a UUID that stands anywhere is 16 characters, one for each byte", () => {
  const id = readUuid(fromHex(`aabb ${ID} cc`), 2);
  expect(id).toHaveLength(16);
  expect(Array.from(id, (character) => character.charCodeAt(0))).toEqual([...fromHex(ID)]);
});
