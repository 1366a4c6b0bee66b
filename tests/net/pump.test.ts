import { afterEach, describe, expect, jest, test } from "bun:test";
import {
  connectStream,
  createMailbox,
  handleStreams,
  keepStreamAlive,
  type StreamListener,
} from "../../src/net/byte-stream.ts";
import { pump } from "../../src/net/pump.ts";
import { connectTcp } from "../rig/tcp-stream.ts";
import { until } from "../rig/until.ts";
import { createFakeStream } from "./fake-stream.ts";

const PATIENCE_MS = 60_000;
const MIB = 1024 * 1024;

afterEach(() => void jest.useRealTimers());

describe("a pump", () => {
  test("a pump carries bytes both ways, and what was kept for it first", () => {
    const { one, other } = createPair();
    const kept = createMailbox();
    kept.onData(Buffer.from("kept "));
    one.data.listener = kept;
    pump(one, other);
    one.data.listener.onData(Buffer.from("there"));
    other.data.listener.onData(Buffer.from("back"));
    expect([String(other.written), String(one.written)]).toEqual(["kept there", "back"]);
  });

  test("a pump stops reading a stream whose far side is full, and reads on once that has taken everything", () => {
    const { one, other } = createPair({ room: 3 });
    pump(one, other);
    one.data.listener.onData(Buffer.from("12345"));
    one.data.listener.onData(Buffer.from("67"));
    expect([String(other.written), one.isPaused, other.isPaused]).toEqual(["123", true, false]);
    other.room = 2;
    other.data.listener.onDrain();
    expect([String(other.written), one.isPaused]).toEqual(["12345", true]);
    other.room = 100;
    other.data.listener.onDrain();
    expect([String(other.written), one.isPaused]).toEqual(["1234567", false]);
  });

  test("a pump passes an end on behind the bytes before it, while the other direction goes on", () => {
    const { one, other } = createPair({ room: 3 });
    pump(one, other);
    one.data.listener.onData(Buffer.from("12345"));
    one.data.listener.onEnd();
    expect(other.ending).toBe("none");
    other.room = 100;
    other.data.listener.onDrain();
    expect([String(other.written), other.ending]).toEqual(["12345", "shutdown"]);
    other.data.listener.onData(Buffer.from("late"));
    expect([String(one.written), one.ending]).toEqual(["late", "none"]);
    other.data.listener.onEnd();
    expect([one.ending, other.ending]).toEqual(["end", "end"]);
  });

  test.each([
    [false, "end"],
    [true, "terminate"],
  ] as const)("closes the far side after a close (broken %p) by %s, behind the bytes before it", (isBroken, ending) => {
    const { one, other } = createPair({ room: 3 });
    pump(one, other);
    one.data.listener.onData(Buffer.from("12345"));
    one.data.listener.onClose(isBroken);
    expect(other.ending).toBe("none");
    other.room = 100;
    other.data.listener.onDrain();
    expect([String(other.written), other.ending, one.ending]).toEqual(["12345", ending, "none"]);
  });

  test("a pump breaks a far side that takes nothing for a minute after the other stream has gone", () => {
    jest.useFakeTimers();
    const { one, other } = createPair({ room: 0 });
    pump(one, other);
    one.data.listener.onData(Buffer.from("12"));
    one.data.listener.onClose(false);
    jest.advanceTimersByTime(59_999);
    other.room = 1;
    other.data.listener.onDrain();
    jest.advanceTimersByTime(59_999);
    expect(other.ending).toBe("none");
    jest.advanceTimersByTime(1);
    expect([String(other.written), other.ending, jest.getTimerCount()]).toEqual(["1", "terminate", 0]);
  });

  test("a pump that is over hears nothing more and leaves no timer behind", () => {
    jest.useFakeTimers();
    const { one, other } = createPair();
    pump(one, other);
    const { listener } = one.data;
    other.data.listener.onClose(true);
    expect([one.ending, jest.getTimerCount()]).toEqual(["terminate", 0]);
    expect(one.data.listener).not.toBe(listener);
  });

  test("a pump does not touch the far side of a stream that has closed before, but to close it", () => {
    const { one, other } = createPair();
    const kept = createMailbox();
    kept.onData(Buffer.from("last words"));
    kept.onClose(false);
    one.data.listener = kept;
    pump(one, other);
    expect([String(other.written), other.ending]).toEqual(["last words", "end"]);
  });
});

describe("a pump between sockets", () => {
  test("a pump between sockets loses no reply to a half-close, however slowly it is read", async () => {
    await using relay = startRelay();
    using client = await connectTcp("127.0.0.1", relay.port);
    const question = Buffer.alloc(8 * MIB, "q");
    await client.write(question);
    client.finish();
    const chunks: Uint8Array[] = [];
    for (;;) {
      const chunk = await client.read();
      if (chunk === undefined) break;
      chunks.push(chunk);
    }
    expect(Buffer.concat(chunks).equals(question)).toBe(true);
    await until("both sides to be closed", () => relay.open() === 0);
  });

  test("a pump between sockets reads no more than the far side takes", async () => {
    await using relay = startRelay({ isDeaf: true });
    using client = await connectTcp("127.0.0.1", relay.port);
    let written = 0;
    const flood = (async () => {
      for (;;) {
        await client.write(Buffer.alloc(MIB));
        written += MIB;
      }
    })();
    flood.catch(() => undefined);
    // What the kernel's four buffers take, and two reads: the rest has to wait at the client.
    await until("the client to be held up", async () => {
      const before = written;
      for (let turn = 0; turn < 50; turn += 1) await Bun.file("/dev/null").text();
      return written > 0 && written === before;
    });
    expect(written).toBeLessThan(64 * MIB);
  });
});

function createPair({ room = Number.POSITIVE_INFINITY } = {}) {
  return { one: createFakeStream(), other: createFakeStream(room) };
}

/** Client ↔ pump ↔ a far end that gives everything back once it has heard all, or one that reads nothing. */
function startRelay({ isDeaf = false } = {}) {
  let open = 0;
  const far = Bun.listen<{ heard: Buffer[]; rest: Buffer }>({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: {
      open(socket) {
        socket.data = { heard: [], rest: Buffer.alloc(0) };
        if (isDeaf) socket.pause();
      },
      data: (socket, bytes) => void socket.data.heard.push(bytes),
      end(socket) {
        socket.data.rest = Buffer.concat(socket.data.heard);
        give(socket);
      },
      drain: give,
    },
  });
  const relay = Bun.listen<{ listener: StreamListener }>({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: handleStreams("relay", {
      async open(socket) {
        open += 1;
        keepStreamAlive(socket);
        socket.data = { listener: createMailbox() };
        socket.pause();
        pump(socket, await connectStream({ host: "127.0.0.1", port: far.port }, createMailbox(), PATIENCE_MS));
      },
      close(socket, error) {
        open -= 1;
        socket.data.listener.onClose(error !== undefined && error !== null);
      },
    }),
  });
  return {
    port: relay.port,
    open: () => open,
    async [Symbol.asyncDispose]() {
      relay.stop(true);
      far.stop(true);
    },
  };

  function give(socket: Bun.Socket<{ heard: Buffer[]; rest: Buffer }>): void {
    if (socket.data.heard.length === 0) return;
    const taken = socket.write(socket.data.rest);
    socket.data.rest = socket.data.rest.subarray(Math.max(0, taken));
    if (socket.data.rest.length > 0) return;
    socket.data.heard = [];
    socket.shutdown();
  }
}
