import { startTimer } from "../platform/timers.ts";
import { type ByteStream, listenTo, NO_LISTENER, OUTGOING } from "./byte-stream.ts";
import { createOutbox } from "./outbox.ts";

/** How long a stream may take over what is left for it after the other one has gone, as long as it takes nothing. */
const FLUSH_MS = 60_000;

/** What a stream is to be told once it has taken all that came before. */
type Ending = "shutdown" | "end" | "terminate";

/**
 * Carries bytes between two streams, both ways, and listens to both from now on. It reads no faster than the far side
 * takes: in each direction it holds what came in one piece, and pauses the stream that it came from. An end in one
 * direction is passed on behind the bytes before it, while the other direction goes on; a stream that breaks breaks the
 * other one.
 */
export function pump(one: ByteStream, other: ByteStream): void {
  let isOver = false;
  const there = createFlow(one, other, pass);
  const back = createFlow(other, one, pass);
  connect(one, there, back);
  connect(other, back, there);

  /** @param incoming, outgoing what the stream sends, and what it is sent. */
  function connect(stream: ByteStream, incoming: Flow, outgoing: Flow): void {
    if (isOver) return;
    listenTo(stream, {
      onData: incoming.carry,
      onDrain: outgoing.drain,
      onEnd: () => incoming.end("shutdown"),
      onClose(wasBroken) {
        outgoing.stop();
        incoming.end(wasBroken ? "terminate" : "end");
      },
    });
    if (!isOver) stream.resume();
  }

  function pass(sink: ByteStream, ending: Ending): void {
    if (ending === "shutdown") {
      sink.shutdown();
      if (!(there.isShut && back.isShut)) return;
      finish();
      one.end();
      other.end();
    } else {
      finish();
      sink[ending]();
    }
  }

  function finish(): void {
    isOver = true;
    there.stop();
    back.stop();
    one.data.listener = NO_LISTENER;
    other.data.listener = NO_LISTENER;
  }
}

/** One direction of a pump. */
export type Flow = ReturnType<typeof createFlow>;

/** @param pass is called with an ending, once the sink has taken all that came before it. */
export function createFlow(source: ByteStream, sink: ByteStream, pass: (sink: ByteStream, ending: Ending) => void) {
  const held = createOutbox();
  let ending: Ending | undefined;
  let isShut = false;
  let deadline: ReturnType<typeof setTimeout> | undefined;

  return {
    /** The far side has been told the source's end. */
    get isShut() {
      return isShut;
    },
    /** The sink has taken everything so far. */
    get isEmpty() {
      return held.waiting === 0;
    },
    carry(bytes: Uint8Array): void {
      const taken = held.waiting > 0 ? 0 : sink.write(bytes);
      // A closed sink says so itself.
      if (taken === bytes.length || taken < 0) return;
      held.push(taken === 0 ? bytes : bytes.subarray(taken));
      source.pause();
    },
    drain(): void {
      if (held.waiting === 0) return;
      if (held.writeTo(sink) > 0) deadline?.refresh();
      if (held.waiting > 0) return;
      source.resume();
      passEnd();
    },
    end(manner: Ending): void {
      ending = manner;
      if (manner !== "shutdown") deadline ??= startTimer(OUTGOING, FLUSH_MS, giveUp);
      passEnd();
    },
    /** Nothing more is to be carried. */
    stop,
  };

  function passEnd(): void {
    if (ending === undefined || held.waiting > 0) return;
    const passed = ending;
    ending = undefined;
    isShut = true;
    clearTimeout(deadline);
    pass(sink, passed);
  }

  function giveUp(): void {
    held.clear();
    ending = "terminate";
    passEnd();
  }

  function stop(): void {
    held.clear();
    clearTimeout(deadline);
  }
}
