import { expect, test } from "bun:test";
import { openConversation } from "../../src/net/conversation.ts";
import { systemCode } from "../../src/platform/failure.ts";
import { freePort } from "../rig/free-port.ts";
import { serveScript } from "./scripted-server.ts";

const PATIENCE = 60_000;

test("bytes, lines and the rest are taken in order, however they are spread over packets", async () => {
  using server = serveScript((socket, chunk) => {
    if (chunk === undefined) return;
    socket.write("abcfirst li");
    socket.flush();
    setImmediate(() => socket.end("ne\r\nthe rest\nof it"));
  });
  const wire = await openConversation(server, PATIENCE);
  wire.send(new TextEncoder().encode("go"));
  expect(text(await wire.take(3))).toBe("abc");
  expect(text(await wire.takeLine(20))).toBe("first line");
  expect(text(await wire.takeRest(20))).toBe("the rest\nof it");
  expect(server.heard()).toBe("go");
  wire[Symbol.dispose]();
});

test("a far side that closes before all has come is told so", async () => {
  using server = serveScript((socket) => void socket.end("ab"));
  const wire = await openConversation(server, PATIENCE);
  await expect(wire.take(3)).rejects.toThrow("closed early");
  expect(text(await wire.take(2))).toBe("ab");
  await expect(wire.takeLine(10)).rejects.toThrow("closed early");
});

test("more than allowed is refused, line or rest, ended or not", async () => {
  using open = serveScript((socket) => void socket.write("12345"));
  const line = await openConversation(open, PATIENCE);
  await expect(line.takeLine(4)).rejects.toThrow("too long");
  await expect(line.takeRest(4)).rejects.toThrow("too long");
  line[Symbol.dispose]();
  using ended = serveScript((socket) => void socket.end("12345\n"));
  const whole = await openConversation(ended, PATIENCE);
  await expect(whole.takeLine(4)).rejects.toThrow("too long");
  expect(text(await whole.takeLine(5))).toBe("12345");
});

test("a far side that sends without end is cut off", async () => {
  const flood = new Uint8Array(64 * 1024);
  const closed = Promise.withResolvers<void>();
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data() {}, open: pour, drain: pour, close: () => closed.resolve() },
  });
  try {
    const wire = await openConversation({ host: "127.0.0.1", port: listener.port }, PATIENCE);
    await expect(wire.takeRest(Number.POSITIVE_INFINITY)).rejects.toThrow("too long");
    await closed.promise;
  } finally {
    listener.stop(true);
  }

  function pour(socket: Bun.Socket): void {
    while (socket.write(flood) === flood.length);
  }
});

test("the deadline holds for the whole exchange", async () => {
  using server = serveScript(() => undefined);
  const wire = await openConversation(server, 30);
  await expect(wire.take(1)).rejects.toThrow("timed out");
  await expect(wire.take(1)).rejects.toThrow("timed out");
});

test("what is closed gives nothing more, and is closed on the far side", async () => {
  const closed = Promise.withResolvers<void>();
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data() {}, close: () => closed.resolve() },
  });
  try {
    const wire = await openConversation({ host: "127.0.0.1", port: listener.port }, PATIENCE);
    const waiting = wire.take(1);
    wire[Symbol.dispose]();
    await expect(waiting).rejects.toThrow("closed");
    await closed.promise;
  } finally {
    listener.stop(true);
  }
});

test("where nobody listens the system's code is kept", async () => {
  const address = { host: "127.0.0.1", port: freePort() };
  expect(await openConversation(address, PATIENCE).catch(systemCode)).toBe("ECONNREFUSED");
});

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
