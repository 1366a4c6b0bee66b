import { afterAll, expect, test } from "bun:test";
import { handleStreams, type StreamListener } from "../../src/net/byte-stream.ts";
import { containAnswer, containSocket, containUdpSocket, containWebSocket } from "../../src/net/contained-sockets.ts";
import { listenForFaults } from "../../src/platform/containment.ts";
import { until } from "../rig/until.ts";
import { connectWatched } from "../rig/watched-connection.ts";

const LOOPBACK = "127.0.0.1";
const faults: string[] = [];
const stop = listenForFaults(({ message }) => void faults.push(message));
afterAll(stop);

function fail(what: string): never {
  throw new Error(what);
}

const BREAKS = { data: "break data", end: "break end" } as const;

test.each(["data", "end"] as const)(
  "a TCP connection whose %s handler throws ends, and its neighbour lives",
  async (step) => {
    using server = listen();
    const bystander = await connectWatched(server.port);
    const victim = await connectWatched(server.port);
    victim.write(step === "data" ? BREAKS.data : "arm");
    if (step === "end") {
      await until("it is armed", () => victim.received() === "arm");
      victim.shutdown();
    }
    await until("the victim is closed", () => victim.closed());
    bystander.write("hello");
    await until("the bystander's answer", () => bystander.received() === "hello");
    expect(faults).toContain(BREAKS[step]);
    bystander.destroy();
  },
);

test("a TCP connection whose open and close handlers throw ends, and the server goes on", async () => {
  let opened = 0;
  const listener = Bun.listen({
    hostname: LOOPBACK,
    port: 0,
    socket: containSocket("test", {
      open(socket) {
        opened += 1;
        if (opened === 1) fail("open");
        socket.write("welcome");
      },
      data() {},
      close: () => fail("close"),
    }),
  });
  const victim = await connectWatched(listener.port);
  await until("the victim is closed", () => victim.closed());
  const next = await connectWatched(listener.port);
  await until("the next one is served", () => next.received() === "welcome");
  next.destroy();
  await until("both closes", () => faults.filter((fault) => fault === "close").length >= 2);
  expect(faults).toContain("open");
  listener.stop(true);
});

test("a stream whose listener throws is broken for that listener, which hears of it once", async () => {
  const closes: boolean[] = [];
  const listener: StreamListener = {
    onData: () => fail("listener"),
    onDrain: () => undefined,
    onEnd: () => undefined,
    onClose: (wasBroken) => void closes.push(wasBroken),
  };
  const server = Bun.listen<{ listener: StreamListener }>({
    hostname: LOOPBACK,
    port: 0,
    data: { listener },
    socket: handleStreams("test", {
      open(socket) {
        socket.data = { listener };
      },
    }),
  });
  const victim = await connectWatched(server.port);
  victim.write("x");
  await until("the victim is closed", () => victim.closed());
  await until("it was told", () => closes.length > 0);
  expect(closes).toEqual([true]);
  server.stop(true);
});

test.each(["open", "message", "ping", "close"] as const)(
  "a WebSocket whose %s handler throws ends, and its neighbour lives",
  async (step) => {
    const server = Bun.serve<{ isVictim: boolean }>({
      hostname: LOOPBACK,
      port: 0,
      fetch: (request, bun) => {
        bun.upgrade(request, { data: { isVictim: request.url.endsWith("victim") } });
        return undefined;
      },
      websocket: containWebSocket<{ isVictim: boolean }>("test", {
        open: (socket) => (step === "open" && socket.data.isVictim ? fail(`ws ${step}`) : undefined),
        message(socket, text) {
          if (step === "message" && socket.data.isVictim) fail(`ws ${step}`);
          socket.send(text);
        },
        ping: (socket) => (step === "ping" && socket.data.isVictim ? fail(`ws ${step}`) : undefined),
        close: (socket) => (step === "close" && socket.data.isVictim ? fail(`ws ${step}`) : undefined),
      }),
    });
    const bystander = await openWebSocket(`ws://${LOOPBACK}:${server.port}/`);
    const victim = await openWebSocket(`ws://${LOOPBACK}:${server.port}/victim`);
    if (step === "message") victim.socket.send("x");
    if (step === "ping") victim.socket.ping();
    if (step === "close") victim.socket.close();
    await until("the victim is closed", () => victim.closed());
    bystander.socket.send("hello");
    await until("the bystander's answer", () => bystander.heard.includes("hello"));
    await until("the fault", () => faults.includes(`ws ${step}`));
    bystander.socket.close();
    await server.stop(true);
  },
);

test("a datagram whose handler throws is lost, and the next one is served", async () => {
  const heard: string[] = [];
  const receiver = await Bun.udpSocket({
    hostname: LOOPBACK,
    port: 0,
    binaryType: "buffer",
    socket: containUdpSocket("test", (_, bytes) =>
      String(bytes) === "bad" ? fail("udp") : void heard.push(String(bytes)),
    ),
  });
  const sender = await Bun.udpSocket({ hostname: LOOPBACK });
  sender.send("bad", receiver.port, LOOPBACK);
  sender.send("good", receiver.port, LOOPBACK);
  await until("the good one", () => heard.includes("good"));
  expect(faults).toContain("udp");
  sender.close();
  receiver.close();
});

test("a request whose answer throws or rejects is refused, and the next one is answered", async () => {
  const server = Bun.serve({
    hostname: LOOPBACK,
    port: 0,
    fetch: containAnswer(
      "test",
      (request: Request) => {
        if (request.url.endsWith("throw")) fail("fetch throw");
        if (request.url.endsWith("reject")) return Promise.reject(new Error("fetch reject"));
        return new Response("fine");
      },
      () => new Response("sorry", { status: 500 }),
    ),
  });
  const ask = async (path: string) => await (await fetch(`http://${LOOPBACK}:${server.port}/${path}`)).text();
  expect([await ask("throw"), await ask("reject"), await ask("")]).toEqual(["sorry", "sorry", "fine"]);
  expect(faults).toEqual(expect.arrayContaining(["fetch throw", "fetch reject"]));
  await server.stop(true);
});

function listen() {
  const armed = new Set<Bun.Socket<undefined>>();
  const server = Bun.listen<undefined>({
    hostname: LOOPBACK,
    port: 0,
    allowHalfOpen: true,
    data: undefined,
    socket: containSocket("test", {
      data(socket, bytes) {
        if (String(bytes) === BREAKS.data) fail(BREAKS.data);
        if (String(bytes) === "arm") armed.add(socket);
        socket.write(bytes);
      },
      end(socket) {
        if (armed.has(socket)) fail(BREAKS.end);
        socket.end();
      },
    }),
  });
  return { port: server.port, [Symbol.dispose]: () => server.stop(true) };
}

async function openWebSocket(url: string) {
  const socket = new WebSocket(url);
  const heard: unknown[] = [];
  let isClosed = false;
  socket.onmessage = ({ data }) => void heard.push(data);
  socket.onclose = () => {
    isClosed = true;
  };
  await until("it is open", () => socket.readyState !== WebSocket.CONNECTING);
  return { socket, heard, closed: () => isClosed };
}
