import { expect, test } from "bun:test";
import { type EventLine, readEventLines } from "../../../../src/cli/verbs/events/event-lines.ts";

test("lines are counted from 1, wherever the input is cut; empty ones are passed over", async () => {
  const text = '{"a":1}\n\n  \r\n{"b":"ä"}\r\n[3]';
  const bytes = new TextEncoder().encode(text);
  const expected = [
    [1, '{"a":1}'],
    [4, '{"b":"ä"}\r'],
    [5, "[3]"],
  ];
  for (let cut = 0; cut <= bytes.length; cut++) {
    const lines = await read(bytes.subarray(0, cut), bytes.subarray(cut));
    expect(lines.map((line) => [line.number, "json" in line && line.json])).toEqual(expected);
  }
});

test("lines of one read come together, with their length in bytes", async () => {
  const reads: (readonly EventLine[])[] = [];
  for await (const lines of readEventLines(readerOf(encode('"ä"\n2\n3'), encode("\n4")))) reads.push(lines);
  expect(reads).toEqual([
    [
      { number: 1, json: '"ä"', bytes: 4 },
      { number: 2, json: "2", bytes: 1 },
    ],
    [{ number: 3, json: "3", bytes: 1 }],
    [{ number: 4, json: "4", bytes: 1 }],
  ]);
});

test("what is no JSON, or no UTF-8, is told with its line, and the next line is read", async () => {
  const lines = await read(
    encode('{"a":}\n'),
    new Uint8Array([0x22, 0xff, 0x22, 0x0a]),
    encode(`${"[".repeat(200_000)}\n1\n`),
  );
  expect(lines).toEqual([
    { number: 1, fault: expect.stringMatching(/^it is no JSON: ./) },
    { number: 2, fault: "it is no JSON in UTF-8" },
    { number: 3, fault: expect.stringMatching(/^it is no JSON/) },
    { number: 4, json: "1", bytes: 1 },
  ]);
});

test("a number in a published event stays as it is written", async () => {
  expect(await read(encode("9007199254740993\n"))).toEqual([{ number: 1, json: "9007199254740993", bytes: 16 }]);
});

test("a line may be as long as a body of 1 MiB lets it, and a longer one does not stay in memory", async () => {
  const longest = `"${"x".repeat(1024 * 1024 - 4)}"`;
  const lines = await read(encode(`${longest}\n`), encode(`"x${longest.slice(1)}\n`), encode("1"));
  expect(lines.map((line) => ("fault" in line ? line.fault : line.bytes))).toEqual([
    1024 * 1024 - 2,
    "the line exceeds 1 MiB",
    1,
  ]);
  const piece = encode("x".repeat(100_000));
  expect(await read(...Array.from({ length: 30 }, () => piece))).toEqual([
    { number: 1, fault: "the line exceeds 1 MiB" },
  ]);
});

async function read(...chunks: readonly Uint8Array[]): Promise<readonly EventLine[]> {
  return (await Array.fromAsync(readEventLines(readerOf(...chunks)))).flat();
}

function readerOf(...chunks: readonly Uint8Array[]) {
  const waiting = [...chunks];
  return { read: async () => ({ value: waiting.shift() }) };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
