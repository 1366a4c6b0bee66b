import { expect, test } from "bun:test";
import { type EventLine, readEventLines } from "../../../../src/cli/verbs/events/event-lines.ts";

test("lines are counted from 1, wherever the input is cut; empty ones are passed over", async () => {
  const bytes = encode('{"a":1}\n\n  \r\n{"b":"ä"}\r\n3');
  await expectAtEveryCut(bytes, [
    [1, '{"a":1}'],
    [4, '{"b":"ä"}'],
    [5, "3"],
  ]);
});

test("an event may be spread over lines, wherever the input is cut; its number is that of its first line", async () => {
  const first = '{\n  "type": "x",\r\n\t"data": {"a": [{}, {"b": "}\\"{"}], "c": -1.5e3}\n}';
  await expectAtEveryCut(encode(`\ufeff${first}\n\n{\n"type":\n"y"}\n`), [
    [1, first],
    [6, '{\n"type":\n"y"}'],
  ]);
});

test("events may follow each other with any blank between them, and in an array", async () => {
  await expectAtEveryCut(encode('{"a":1}{"b":2} {"c":3}\t\n[{"d":4},\n {"e":5}]\n'), [
    [1, '{"a":1}'],
    [1, '{"b":2}'],
    [1, '{"c":3}'],
    [2, '{"d":4}'],
    [3, '{"e":5}'],
  ]);
});

test("an event that is whole comes at once, without waiting for the end of its line", async () => {
  const reads: (readonly EventLine[])[] = [];
  for await (const lines of readEventLines(readerOf(encode('{"a":\n1}'), encode('\n{"b":2}')))) reads.push(lines);
  expect(reads).toEqual([[{ number: 1, json: '{"a":\n1}', bytes: 8 }], [{ number: 3, json: '{"b":2}', bytes: 7 }]]);
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
    encode(`{"a":${"[".repeat(200_000)}\n1\n`),
  );
  expect(lines).toEqual([
    { number: 1, fault: expect.stringMatching(/^it is no JSON: ./) },
    { number: 2, fault: "it is no JSON in UTF-8" },
    { number: 3, fault: expect.stringMatching(/^it is no JSON/) },
    { number: 4, json: "1", bytes: 1 },
  ]);
});

test.each([
  ["is not closed", '{"a":1'],
  ["ends within a string", '{"a":"b'],
  ["closes what is not open", '{"a":1] "b": {"type":1}'],
  ["has an object where a member belongs", '{"a":1, {"type":1}}'],
  ["has a comma at its end", '{"a":1,'],
  ["is spread over lines, and not closed", '{\n "a": {'],
])("an event that %s costs itself alone", async (_, broken) => {
  const lines = await read(encode(`${broken}\n{"next":1}\n{"last":1}\n`));
  expect(lines.slice(1).map((line) => "json" in line && line.json)).toEqual(['{"next":1}', '{"last":1}']);
  expect(lines[0]).toEqual({ number: 1, fault: expect.stringMatching(/^it is no JSON: ./) });
});

test.each([
  [64, true],
  [65, false],
])("an event of %d levels is taken: %p", async (levels, isTaken) => {
  const json = `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
  const [found] = await Array.fromAsync(readEventLines(readerOf(encode(json))));
  expect(found?.map((line) => "json" in line)).toEqual([isTaken]);
});

test("an event that the input's end cuts off is told", async () => {
  expect(await read(encode('{"a":1}\n{"b":'))).toEqual([
    { number: 1, json: '{"a":1}', bytes: 7 },
    { number: 2, fault: expect.stringMatching(/^it is no JSON: ./) },
  ]);
});

test("a number in a published event stays as it is written", async () => {
  expect(await read(encode("9007199254740993\n"))).toEqual([{ number: 1, json: "9007199254740993", bytes: 16 }]);
});

test("an event may be as long as a body of 1 MiB lets it, and a longer one does not stay in memory", async () => {
  const longest = `"${"x".repeat(1024 * 1024 - 4)}"`;
  const lines = await read(encode(`${longest}\n`), encode(`"x${longest.slice(1)}\n`), encode("1"));
  expect(lines.map((line) => ("fault" in line ? line.fault : line.bytes))).toEqual([
    1024 * 1024 - 2,
    "the event exceeds 1 MiB",
    1,
  ]);
  const piece = encode("x".repeat(100_000));
  expect(await read(...Array.from({ length: 30 }, () => piece))).toEqual([
    { number: 1, fault: "the event exceeds 1 MiB" },
  ]);
});

async function expectAtEveryCut(bytes: Uint8Array, expected: readonly (readonly [number, string])[]): Promise<void> {
  for (let cut = 0; cut <= bytes.length; cut++) {
    const lines = await read(bytes.subarray(0, cut), bytes.subarray(cut));
    expect(lines.map((line) => [line.number, "json" in line && line.json])).toEqual(expected.map((each) => [...each]));
  }
}

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
