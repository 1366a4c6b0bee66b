import { expect, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";

// What the runtime calls lets nothing out: each callback is made by src/platform/containment.ts, or by what builds on it. A
// command of the command line may end by a fault, so those rooms are left out; nothing else is.

const SOURCES = join(import.meta.dir, "../../src");
const COMMANDS = /^(?:cli|viewer|main\.ts)/;
const sources = await readSources();

/** How a contained callback begins. */
const CONTAINED = /^(?:contain\w*|contained|handleStreams|hear)[(<]/;
/** Handlers that do nothing. */
const EMPTY = /^\{ (?:data\(\) \{\} )?\}/;

test("a timer's callback is contained", () => {
  const timers = findCalls(/\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\(/g);
  // Its callback only resolves a promise.
  const wrong = timers.filter(({ file, after }) => !CONTAINED.test(after) && file !== "platform/waiting.ts");
  expect(wrong.map(show)).toEqual([]);
  expect(timers.length).toBeGreaterThan(3);
});

test("the handlers of every socket and server are contained", () => {
  const doors = findCalls(/\bBun\.(?:listen|connect|udpSocket|serve)(?:<.*?>)?\(/g);
  const wrong = doors.flatMap((door) => {
    const options = argumentsOf(door);
    const handlers = [...options.matchAll(/[{,]\s*(?:socket|websocket|fetch|error): /g)].map((match) => ({
      file: door.file,
      after: options.slice(match.index + match[0].length),
    }));
    const named = /^(?:refuseFault|answerFault)\b/;
    return handlers.length === 0
      ? [show(door)]
      : handlers.filter(({ after }) => !CONTAINED.test(after) && !EMPTY.test(after) && !named.test(after)).map(show);
  });
  expect(wrong).toEqual([]);
  expect(doors.length).toBeGreaterThan(8);
});

test("what listens to an event of the runtime is contained", () => {
  const listeners = findCalls(/\b(?:addEventListener|process\.on|\.on)\("\w+", /g);
  const handlers = findCalls(/\bon(?:open|message|error|close|abort)\s*=(?!=)\s*/g);
  const isNamed = ({ file, after }: Call) => {
    const [name = ""] = /^\w+(?=[,)])/.exec(after) ?? [];
    return name !== "" && new RegExp(`\\b${name} = contain\\(`).test(sources.get(file) ?? "");
  };
  const wrong = [...listeners, ...handlers].filter(
    (call) =>
      !CONTAINED.test(call.after) &&
      !isNamed(call) &&
      // One resolves a promise, the other is what decides about faults that nothing has contained.
      !["platform/waiting.ts", "daemon/last-resort.ts"].includes(call.file) &&
      !/^\(\) => news\(true\)/.test(call.after),
  );
  expect(wrong.map(show)).toEqual([]);
  expect(listeners.length).toBeGreaterThan(5);
});

test("what a stream of an answer calls is contained, and no process has a callback for its end", () => {
  const callbacks = findCalls(/\b(?:pull|cancel): /g).filter(({ file }) => file.startsWith("api/http"));
  expect(callbacks.filter(({ after }) => !CONTAINED.test(after)).map(show)).toEqual([]);
  expect(callbacks.length).toBe(2);
  expect(findCalls(/\bonExit\b/g).map(show)).toEqual([]);
});

test("work that nobody waits for is let go by name, and not by `void`", () => {
  const statements = findCalls(/(?:^|\n)\s*(?:if \(.*\) |else )?void (?=[a-z])/g);
  // What a collection and a socket do at once gives no promise.
  const arrows = findCalls(/=> void (?!\w+\.(?:set|delete|push|pause|resume|ping|pong|off)\()(?=[a-z])/g);
  expect([...statements, ...arrows].map(show)).toEqual([]);
});

interface Call {
  readonly file: string;
  /** What stands behind the call's beginning. */
  readonly after: string;
}

function findCalls(pattern: RegExp): readonly Call[] {
  return [...sources].flatMap(([file, text]) =>
    [...text.matchAll(pattern)].map((match) => ({ file, after: text.slice(match.index + match[0].length) })),
  );
}

/** Up to the parenthesis that closes the call. */
function argumentsOf({ after }: Call): string {
  let depth = 1;
  const end = [...after].findIndex((character) => {
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    return depth === 0;
  });
  return after.slice(0, end === -1 ? after.length : end);
}

function show({ file, after }: Call): string {
  return `${file}: ${after.slice(0, 60)}`;
}

/** Without comments. */
async function readSources(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for await (const file of new Glob("**/*.ts").scan(SOURCES)) {
    if (COMMANDS.test(file)) continue;
    const text = await Bun.file(join(SOURCES, file)).text();
    found.set(file, text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ""));
  }
  return found;
}
