import { describe, expect, test } from "bun:test";
import { createLineSplitter } from "../../../src/net/lines/line-splitter.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** Gives the lines that the bytes complete. */
function push(splitter: ReturnType<typeof createLineSplitter>, bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  splitter.read(bytes, (line) => lines.push(line) > 0);
  return lines;
}

const decode = (lines: readonly Uint8Array[]) => lines.map((line) => new TextDecoder().decode(line));

test("every line that a packet completes comes out, without its LF", () => {
  const splitter = createLineSplitter(10);
  expect(decode(push(splitter, encode("one\ntwo\n\nfour\n")))).toEqual(["one", "two", "", "four"]);
  expect(splitter.pending).toBe(0);
});

test("what follows the last LF is kept for the next packet", () => {
  const splitter = createLineSplitter(10);
  expect(decode(push(splitter, encode("state:\nfoo")))).toEqual(["state:"]);
  expect(splitter.pending).toBe(3);
  expect(decode(push(splitter, encode("bar\n")))).toEqual(["foobar"]);
});

test("a line is put together from packets of one byte each", () => {
  const splitter = createLineSplitter(10);
  const lines = [...encode("stäte:\n")].flatMap((byte) => push(splitter, new Uint8Array([byte])));
  expect(decode(lines)).toEqual(["stäte:"]);
});

test("an empty packet changes nothing", () => {
  const splitter = createLineSplitter(10);
  push(splitter, encode("ab"));
  expect(push(splitter, new Uint8Array())).toEqual([]);
  expect(splitter.pending).toBe(2);
});

test("the kept bytes are a copy: the caller's buffer may be used again", () => {
  const splitter = createLineSplitter(10);
  const buffer = encode("abc");
  push(splitter, buffer);
  buffer.fill(0x7a);
  expect(decode(push(splitter, encode("\n")))).toEqual(["abc"]);
});

test("a fragment that is taken is forgotten", () => {
  const splitter = createLineSplitter(10);
  push(splitter, encode("ab"));
  push(splitter, encode("cd"));
  expect(decode([splitter.takeFragment()])).toEqual(["abcd"]);
  expect(splitter.pending).toBe(0);
  expect(decode(push(splitter, encode("ef\n")))).toEqual(["ef"]);
});

describe("the limit", () => {
  test("a line that reaches it exactly passes, finished or not", () => {
    const splitter = createLineSplitter(4);
    expect(decode(push(splitter, encode("abcd\n")))).toEqual(["abcd"]);
    push(splitter, encode("efgh"));
    expect([splitter.overflowed, splitter.pending]).toEqual([false, 4]);
    expect(decode(push(splitter, encode("\n")))).toEqual(["efgh"]);
    expect(splitter.overflowed).toBe(false);
  });

  test("an unfinished line of one byte more overflows, and nothing of it is kept", () => {
    const splitter = createLineSplitter(4);
    push(splitter, encode("abcd"));
    expect(push(splitter, encode("e"))).toEqual([]);
    expect([splitter.overflowed, splitter.pending]).toEqual([true, 0]);
  });

  test("a finished line of one byte more overflows too; the lines before it come out, those after it do not", () => {
    const splitter = createLineSplitter(4);
    expect(decode(push(splitter, encode("a\nabcde\nb\n")))).toEqual(["a"]);
    expect(splitter.overflowed).toBe(true);
  });

  test("after the limit of a line nothing comes out any more, nor is anything kept", () => {
    const splitter = createLineSplitter(4);
    push(splitter, encode("abcde"));
    expect(push(splitter, encode("\nok\nmore"))).toEqual([]);
    expect(splitter.pending).toBe(0);
  });
});

test("whoever takes the lines can stop after any of them, and is told how many bytes were taken", () => {
  const splitter = createLineSplitter(10);
  const lines: Uint8Array[] = [];
  const bytes = encode("one\ntwo\nthree\n");
  const taken = splitter.read(bytes, (line) => lines.push(line) < 2);
  expect([decode(lines), taken]).toEqual([["one", "two"], 8]);
  expect(decode(push(splitter, bytes.subarray(taken)))).toEqual(["three"]);
});
