import { expect, test } from "bun:test";
import { NEWLINE_NOT_FOUND, parseLine } from "../../src/api/line/command.ts";
import { formatError, formatReply } from "../../src/api/line/reply.ts";
import { isForeignProtocol } from "../../src/net/lines/foreign-protocol.ts";
import { createLineConnection } from "../../src/net/lines/line-connection.ts";
import { escapeControls } from "../../src/platform/plain-text.ts";
import { createFakeSocket } from "../net/lines/fake-socket.ts";
import { fc } from "../rig/properties.ts";

const LIMIT = 64 * 1024;
const UNTERMINATED = formatError("unknown", NEWLINE_NOT_FOUND);
const LF = 0x0a;

const words = fc.constantFrom(
  ..."state: whoami: spin_up:us spin_up:a,b spin_down: available_confs: nonsense GET POST HTTP/1.1".split(" "),
  ...["\n", "\n", "\n", "\r\n", "\r", " ", "\t", ":", ",", "/", "é", "\u2028", "\u0000", "\u0016\u0003", "\ufeff"],
);
const pieces = fc.oneof(
  { arbitrary: words.map(encode), weight: 12 },
  { arbitrary: fc.uint8Array({ maxLength: 8 }), weight: 3 },
);
const bytes = fc.array(pieces, { maxLength: 40 }).map((parts) => new Uint8Array(Buffer.concat(parts)));
/** Lines about as long as they may be; seldom, for each costs 64 KiB. */
const longBytes = fc
  .tuple(bytes, fc.integer({ min: LIMIT - 2, max: LIMIT + 2 }), bytes)
  .map(([before, length, after]) => new Uint8Array(Buffer.concat([before, Buffer.alloc(length, "x"), after])));
const cuts = fc.array(fc.nat({ max: 10_000 }), { maxLength: 12 });
const rooms = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constant(Number.POSITIVE_INFINITY));

test("any bytes in any packets to any socket get the replies that they get when sent whole", async () => {
  await fc.assert(
    fc.asyncProperty(bytes, cuts, rooms, async (request, places, room) => {
      const expected = repliesTo(request);
      expect(await converse([request])).toEqual(expected);
      expect(await converse(split(request, places), room)).toEqual(expected);
    }),
    { numRuns: 1_500 },
  );
});

test("a request sent byte by byte to a socket that takes one byte at a time gets the same replies", async () => {
  await fc.assert(
    fc.asyncProperty(bytes, async (request) => {
      const packets = [...request].map((byte) => new Uint8Array([byte]));
      expect(await converse(packets, 1)).toEqual(repliesTo(request));
    }),
    { numRuns: 200 },
  );
});

test("so it is around the longest line that is allowed", async () => {
  await fc.assert(
    fc.asyncProperty(longBytes, fc.array(fc.nat({ max: 3 * LIMIT }), { maxLength: 6 }), async (request, places) => {
      const expected = repliesTo(request);
      expect(await converse([request])).toEqual(expected);
      expect(await converse(split(request, places), 10_000)).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

test("no bytes make the parser throw, and what it gives is one of the commands or an error", () => {
  const names = new Set(["spin_up", "spin_down", "state", "available_confs", "whoami"]);
  fc.assert(
    fc.property(fc.oneof(bytes, fc.uint8Array({ maxLength: 60 })), (line) => {
      const parsed = parseLine(line);
      if ("error" in parsed) {
        expect(parsed.error).toMatch(/^(Parsing error: |Unknown command: |Not enough args: )/);
        return;
      }
      expect(names).toContain(parsed.command.name);
      if (parsed.command.name === "spin_up") expect(parsed.command.config).toMatch(/^[^,\t ]([^,]*[^,\t ])?$/u);
      expect(parsed.command.surplus).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 3_000 },
  );
});

test("a reply to any line is one line of JSON that names what was asked", () => {
  fc.assert(
    fc.property(fc.oneof(bytes, fc.uint8Array({ maxLength: 60 })), (line) => {
      const reply = answerTo(line);
      expect(reply).not.toMatch(/[\r\n]/);
      expect(Object.keys(JSON.parse(reply))).toEqual(["CMD", "result", "error"]);
    }),
    { numRuns: 2_000 },
  );
});

test("whatever text goes into a log, it comes out as one line without control characters", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({
      unit: fc.constantFrom("\n", "\r", "\t", "\u0000", "\u001b", "\u007f", "\u0085", "\u2028", "\u2029", "a", "\\"),
    }),
  );
  fc.assert(
    fc.property(text, (input) => {
      const escaped = escapeControls(input);
      expect(escaped).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(escapeControls(escaped)).toBe(escaped);
      if (!/[\p{Cc}\u2028\u2029]/u.test(input)) expect(escaped).toBe(input);
    }),
    { numRuns: 3_000 },
  );
});

interface Conversation {
  readonly replies: readonly string[];
  /** How the server ended it: `end` after the replies, `shutdown` for a line too long, `terminate` for a foreigner. */
  readonly ending: string | undefined;
  readonly executed: readonly string[];
}

/** Sends the packets and FIN to a connection whose socket takes `room` bytes at a time. */
async function converse(packets: readonly Uint8Array[], room?: number): Promise<Conversation> {
  const executed: string[] = [];
  const socket = createFakeSocket(room, () => queueMicrotask(() => connection.drained()));
  const connection = createLineConnection(socket, {
    unterminated: UNTERMINATED,
    answer(line) {
      executed.push(latin(line));
      const reply = answerTo(line);
      return line.length % 2 === 0 ? reply : Promise.resolve(reply);
    },
  });
  for (const packet of packets) connection.receive(packet);
  connection.peerEnded();
  await socket.over;
  connection.closed();
  expect(socket.text === "" || socket.text.endsWith("\n")).toBe(true);
  const [ending] = socket.calls.filter((call) => call !== "pause" && call !== "resume");
  return { replies: socket.text.split("\n").slice(0, -1), ending, executed };
}

/** What docs/protocols/line.md asks for, without packets. */
function repliesTo(request: Uint8Array): Conversation {
  const replies: string[] = [];
  const executed: string[] = [];
  const lines = splitAtLineFeeds(request);
  for (const [index, line] of lines.entries()) {
    const isFragment = index === lines.length - 1;
    if (line.length > LIMIT) return { replies: [...replies, UNTERMINATED], ending: "shutdown", executed };
    if (isFragment && line.length === 0) break;
    if (index === 0 && isForeignProtocol(line)) return { replies: [], ending: "terminate", executed: [] };
    if (!isFragment) executed.push(latin(line));
    replies.push(isFragment ? UNTERMINATED : answerTo(line));
  }
  return { replies, ending: "end", executed };
}

/** The last one is what follows the last LF. */
function splitAtLineFeeds(request: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let end = request.indexOf(LF); end !== -1; end = request.indexOf(LF, start)) {
    lines.push(request.subarray(start, end));
    start = end + 1;
  }
  return [...lines, request.subarray(start)];
}

function answerTo(line: Uint8Array): string {
  const parsed = parseLine(line);
  return "error" in parsed ? formatError(parsed.name, parsed.error) : formatReply(parsed.command.name, parsed.command);
}

function split(request: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const ends = [...places.map((place) => place % (request.length + 1)), request.length].sort(
    (one, other) => one - other,
  );
  return ends.map((end, index) => request.subarray(ends[index - 1] ?? 0, end));
}

function latin(line: Uint8Array): string {
  return new TextDecoder("latin1").decode(line);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
