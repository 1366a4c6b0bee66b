import { describe, expect, test } from "bun:test";
import { createLineSplitter } from "../../../src/net/lines/line-splitter.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (lines: readonly Uint8Array[]) => lines.map((line) => new TextDecoder().decode(line));

test("every line that a packet completes comes out, without its LF", () => {
  const splitter = createLineSplitter(10);
  expect(decode(splitter.push(encode("one\ntwo\n\nfour\n")))).toEqual(["one", "two", "", "four"]);
  expect(splitter.pending).toBe(0);
});

test("what follows the last LF is kept for the next packet", () => {
  const splitter = createLineSplitter(10);
  expect(decode(splitter.push(encode("state:\nfoo")))).toEqual(["state:"]);
  expect(splitter.pending).toBe(3);
  expect(decode(splitter.push(encode("bar\n")))).toEqual(["foobar"]);
});

test("a line is put together from packets of one byte each", () => {
  const splitter = createLineSplitter(10);
  const lines = [...encode("stäte:\n")].flatMap((byte) => splitter.push(new Uint8Array([byte])));
  expect(decode(lines)).toEqual(["stäte:"]);
});

test("an empty packet changes nothing", () => {
  const splitter = createLineSplitter(10);
  splitter.push(encode("ab"));
  expect(splitter.push(new Uint8Array())).toEqual([]);
  expect(splitter.pending).toBe(2);
});

test("the kept bytes are a copy: the caller's buffer may be used again", () => {
  const splitter = createLineSplitter(10);
  const buffer = encode("abc");
  splitter.push(buffer);
  buffer.fill(0x7a);
  expect(decode(splitter.push(encode("\n")))).toEqual(["abc"]);
});

test("a fragment that is taken is forgotten", () => {
  const splitter = createLineSplitter(10);
  splitter.push(encode("ab"));
  splitter.push(encode("cd"));
  expect(decode([splitter.takeFragment()])).toEqual(["abcd"]);
  expect(splitter.pending).toBe(0);
  expect(decode(splitter.push(encode("ef\n")))).toEqual(["ef"]);
});

describe("the limit", () => {
  test("a line that reaches it exactly passes, finished or not", () => {
    const splitter = createLineSplitter(4);
    expect(decode(splitter.push(encode("abcd\n")))).toEqual(["abcd"]);
    splitter.push(encode("efgh"));
    expect([splitter.overflowed, splitter.pending]).toEqual([false, 4]);
    expect(decode(splitter.push(encode("\n")))).toEqual(["efgh"]);
    expect(splitter.overflowed).toBe(false);
  });

  test("an unfinished line of one byte more overflows, and nothing of it is kept", () => {
    const splitter = createLineSplitter(4);
    splitter.push(encode("abcd"));
    expect(splitter.push(encode("e"))).toEqual([]);
    expect([splitter.overflowed, splitter.pending]).toEqual([true, 0]);
  });

  test("a finished line of one byte more overflows too; the lines before it come out, those after it do not", () => {
    const splitter = createLineSplitter(4);
    expect(decode(splitter.push(encode("a\nabcde\nb\n")))).toEqual(["a"]);
    expect(splitter.overflowed).toBe(true);
  });

  test("after the limit of a line nothing comes out any more, nor is anything kept", () => {
    const splitter = createLineSplitter(4);
    splitter.push(encode("abcde"));
    expect(splitter.push(encode("\nok\nmore"))).toEqual([]);
    expect(splitter.pending).toBe(0);
  });
});
