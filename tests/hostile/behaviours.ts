import type { Door, Visit } from "./door.ts";

/** What a hostile peer does, at any door. */
export interface Behaviour {
  readonly name: string;
  /** It lasts until the signal comes; any other ends by itself, and with the signal. */
  readonly lasts?: true;
  act(door: Door, signal: AbortSignal): Promise<void>;
}

/** The most that one endless message sends: who keeps it is found out, and who reads it loses no time. */
const MOST_BYTES = 96 * 1024 * 1024;
const PIECE = Buffer.alloc(64 * 1024, "x");
const PIPELINED = 500;
const OVERSIZED = [300, 70_000, 4 * 1024 * 1024].map((length) => Buffer.alloc(length, "x"));

export const BEHAVIOURS: readonly Behaviour[] = [
  {
    name: "says nothing",
    lasts: true,
    act: (door, signal) => together(door, range(door.crowd), signal, () => ended(signal)),
  },
  {
    name: "sends a byte at a time",
    act: (door, signal) =>
      together(door, range(Math.min(door.crowd, 8)), signal, async ({ peer, steps }) => {
        for (const byte of Buffer.concat(steps)) {
          if (!(await peer.send(Buffer.from([byte]), signal))) return;
          await new Promise((resolve) => setImmediate(resolve));
        }
      }),
  },
  {
    name: "sends a message without an end",
    act: (door, signal) =>
      together(door, door.endless, signal, async ({ peer, steps }, { after, head }) => {
        if (!(await peer.send(Buffer.concat([...steps.slice(0, after), head]), signal))) return;
        for (let sent = 0; sent < MOST_BYTES; sent += PIECE.length) if (!(await peer.send(PIECE, signal))) return;
      }),
  },
  { name: "sends messages that are too large", act: sayEach(OVERSIZED) },
  {
    name: "sends bytes that are no UTF-8",
    act: sayEach([
      Buffer.alloc(86, 0xff),
      Buffer.alloc(255, 0xff),
      Buffer.from("c328", "hex"),
      Buffer.from("61eda080f4908080e282", "hex"),
      Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
    ]),
  },
  {
    name: "sends escape sequences and line feeds",
    act: sayEach(
      [
        "\u001b[2J\u001b]0;a title\u0007\u009b31m",
        "\u202eyllis\u2066",
        "\r\nERROR: 2026/01/01 00:00:00 a line of its own\n\n",
        "a\u0000b",
      ].map((text) => Buffer.from(text)),
    ),
  },
  {
    name: "sends thousands of messages at once",
    act: (door, signal) =>
      together(door, door.sayings, signal, async ({ peer, steps }, { after, make }) => {
        const message = make(Buffer.from("127.0.0.1"));
        await peer.send(Buffer.concat([...steps.slice(0, after), ...range(PIPELINED).map(() => message)]), signal);
        await peer.send(Buffer.concat(steps), signal);
      }),
  },
  {
    name: "half-closes after each step",
    lasts: true,
    act: (door, signal) =>
      together(door, range(stepsOf(door) + 1), signal, async ({ peer, steps }, count) => {
        if (count > 0) await peer.send(Buffer.concat(steps.slice(0, count)), signal);
        peer.finish();
        await ended(signal);
      }),
  },
  {
    name: "resets in and after each step",
    act: (door, signal) =>
      together(door, range(2 * stepsOf(door) + 1), signal, async ({ peer, steps }, half) => {
        const whole = steps.slice(0, half >> 1);
        const next = steps[half >> 1] ?? Buffer.alloc(0);
        const said = Buffer.concat(half % 2 === 0 ? whole : [...whole, next.subarray(0, next.length >> 1)]);
        if (said.length > 0) await peer.send(said, signal);
        peer.reset();
      }),
  },
];

/** How many steps lead as far as anything leads at this door. */
function stepsOf({ sayings, endless }: Door): number {
  return Math.max(...[...sayings, ...endless].map(({ after }) => after));
}

/** Has all that the door takes at a time visit it, one for each item, and goes on with the next as soon as one has left. */
async function together<Item>(
  door: Door,
  items: readonly Item[],
  signal: AbortSignal,
  act: (visit: Visit, item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined && !signal.aborted; item = waiting.shift()) {
      const visit = await door.visit();
      using _ = visit.peer;
      await act(visit, item);
    }
  };
  await Promise.all(range(Math.min(door.crowd, items.length)).map(work));
}

function sayEach(all: readonly Uint8Array[]): Behaviour["act"] {
  return async (door, signal) => {
    const said = door.sayings.flatMap(({ after, make }, index) => {
      // Where each visit takes a start of something, the words take turns.
      const words = door.isSlow === true ? all.slice(index % all.length).slice(0, 1) : all;
      return words.map((word) => ({ after, message: make(word) }));
    });
    await together(door, said, signal, async ({ peer, steps }, { after, message }) => {
      await peer.send(Buffer.concat([...steps.slice(0, after), message]), signal);
      // Only who is still listened to is heard.
      await peer.send(Buffer.concat(steps.slice(after)), signal);
    });
  };
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
