import { afterEach, describe, expect, jest, test } from "bun:test";
import { createDoorShare } from "../../../src/net/lines/door-share.ts";
import { createLineConnection, type LineService } from "../../../src/net/lines/line-connection.ts";
import { turn } from "../../rig/event-loop.ts";
import { until } from "../../rig/until.ts";
import { createFakeSocket } from "./fake-socket.ts";

const LIMIT = 64 * 1024;
const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

afterEach(() => void jest.useRealTimers());

test("replies keep the order of the lines, one answer at a time, however long the first takes", async () => {
  const { socket, service, connection } = connect();
  const first = service.hold("first");
  connection.receive(encode("first\nsecond\nthird\n"));
  await turn();
  expect([service.asked, socket.text, connection.idle]).toEqual([["first"], "", false]);
  first.resolve();
  await until("three replies", () => socket.text === "<first>\n<second>\n<third>\n");
  await until("it is idle", () => connection.idle);
});

test("a line gets its client's port", async () => {
  const ports: number[] = [];
  const connection = createLineConnection(createFakeSocket(), {
    unterminated: "?",
    answer(_, peerPort) {
      ports.push(peerPort);
      return "";
    },
  });
  connection.receive(encode("a\n"));
  await until("the line is answered", () => ports.length > 0);
  expect(ports).toEqual([40_000]);
});

describe("half-close", () => {
  test("everything asked for is answered, then the connection ends", async () => {
    const { socket, service, connection } = connect();
    const slow = service.hold("slow");
    connection.receive(encode("slow\nnext\n"));
    connection.peerEnded();
    await turn();
    expect(socket.calls).toEqual([]);
    slow.resolve();
    await socket.over;
    expect([socket.text, socket.calls]).toEqual(["<slow>\n<next>\n", ["end"]]);
  });

  test("a half-close of a connection that said nothing gets no reply, and the end", async () => {
    const { socket, service, connection } = connect();
    connection.peerEnded();
    await socket.over;
    expect([socket.text, socket.calls, service.asked]).toEqual(["", ["end"], []]);
  });

  test("a line that a half-close cuts off gets the newline error, after the replies before it", async () => {
    const { socket, service, connection } = connect();
    connection.receive(encode("one\nfrag"));
    connection.peerEnded();
    await socket.over;
    expect([socket.text, service.asked]).toEqual(["<one>\n<?>\n", ["one"]]);
  });

  test("a peer that reads slowly gets every byte before the end", async () => {
    const { socket, connection } = connect(3);
    connection.receive(encode("one\ntwo\n"));
    connection.peerEnded();
    await turn();
    expect(socket.calls).toEqual([]);
    await until("both replies are taken", () => {
      connection.drained();
      return socket.calls.includes("end");
    });
    expect(socket.text).toBe("<one>\n<two>\n");
  });
});

describe("an unfinished line", () => {
  test("an unfinished line gets the newline error after a second of silence, and the connection goes on", async () => {
    jest.useFakeTimers();
    const { socket, service, connection } = connect();
    connection.receive(encode("sta"));
    jest.advanceTimersByTime(999);
    await turn();
    expect(socket.text).toBe("");
    jest.advanceTimersByTime(1);
    await turn();
    expect(socket.text).toBe("<?>\n");
    connection.receive(encode("te\n"));
    await turn();
    expect([socket.text, service.asked, socket.calls]).toEqual(["<?>\n<te>\n", ["te"], []]);
  });

  test("every packet starts the second anew", async () => {
    jest.useFakeTimers();
    const { socket, connection } = connect();
    for (const piece of ["s", "t", "a", "t", "e", ":"]) {
      connection.receive(encode(piece));
      jest.advanceTimersByTime(900);
    }
    connection.receive(encode("\n"));
    await turn();
    expect(socket.text).toBe("<state:>\n");
  });

  test("an unfinished line leaves no timer behind once it is finished, dropped or closed", () => {
    jest.useFakeTimers();
    for (const end of ["finish", "drop", "closed"] as const) {
      const { connection } = connect();
      connection.receive(encode("sta"));
      expect(jest.getTimerCount()).toBe(1);
      if (end === "finish") connection.receive(encode("te:\n"));
      else connection[end]();
      expect(jest.getTimerCount()).toBe(0);
    }
  });
});

describe("a line that is too long", () => {
  test("a line that is too long of exactly 64 KiB is still answered", async () => {
    const { socket, service, connection } = connect();
    connection.receive(encode(`${"x".repeat(LIMIT)}\n`));
    connection.peerEnded();
    await socket.over;
    expect(service.asked.map((line) => line.length)).toEqual([LIMIT]);
    expect(socket.calls).toEqual(["end"]);
  });

  test("a line that is too long of one byte more gets the newline error and FIN, after the replies before it; nothing after it is executed", async () => {
    const { socket, service, connection } = connect();
    connection.receive(encode(`one\n${"x".repeat(LIMIT + 1)}\ntwo\n`));
    connection.receive(encode("three\n"));
    await socket.over;
    expect([socket.text, socket.calls, service.asked]).toEqual(["<one>\n<?>\n", ["shutdown"], ["one"]]);
    connection.closed();
  });

  test("the peer gets a second to read why, or until it ends", async () => {
    jest.useFakeTimers();
    for (const end of ["time", "peer"] as const) {
      const { socket, connection } = connect();
      connection.receive(encode("x".repeat(LIMIT + 1)));
      await socket.over;
      jest.advanceTimersByTime(999);
      expect(socket.calls).toEqual(["shutdown"]);
      if (end === "time") jest.advanceTimersByTime(1);
      else connection.peerEnded();
      expect(socket.calls).toEqual(["shutdown", "terminate"]);
      expect(jest.getTimerCount()).toBe(0);
    }
  });
});

describe("another protocol", () => {
  test.each([
    ["head and body in one packet", ["POST / HTTP/1.1\r\nHost: x\r\n\r\nspin_down:\n"]],
    ["head and body in two packets", ["POST / HTTP/1.1\r\n\r\n", "spin_down:\n"]],
    ["a request line in pieces", ["PO", "ST / HT", "TP/1.1\r\nspin_down:\n"]],
    ["TLS, then text", ["\u0016\u0003\u0001\nspin_down:\n"]],
  ])("another protocol is dropped before anything is executed or said: %s", async (_, packets) => {
    const { socket, service, connection } = connect();
    for (const packet of packets) connection.receive(encode(packet));
    connection.peerEnded();
    await socket.over;
    await turn();
    expect([socket.text, service.asked, socket.calls]).toEqual(["", [], ["terminate"]]);
  });

  test("another protocol is dropped as a fragment too, at the peer's end and after a second", async () => {
    jest.useFakeTimers();
    for (const end of ["time", "peer"] as const) {
      const { socket, connection } = connect();
      connection.receive(new Uint8Array([0x16, 0x03, 0x01]));
      if (end === "time") jest.advanceTimersByTime(1_000);
      else connection.peerEnded();
      await turn();
      expect([socket.text, socket.calls]).toEqual(["", ["terminate"]]);
    }
  });

  test("another protocol is only looked for in the first line", async () => {
    const { socket, service, connection } = connect();
    connection.receive(encode("state:\nGET / HTTP/1.1\n"));
    connection.peerEnded();
    await socket.over;
    expect(service.asked).toEqual(["state:", "GET / HTTP/1.1"]);
  });
});

describe("back-pressure", () => {
  const kilobyte = "r".repeat(1_023);

  test("a peer that does not read is paused once 256 KiB wait for it, and resumed when it has read", async () => {
    const socket = createFakeSocket(0);
    const asked: string[] = [];
    const connection = createLineConnection(socket, {
      unterminated: "?",
      answer(line) {
        asked.push(decode(line));
        return kilobyte;
      },
    });
    const lines = Array.from({ length: 600 }, (_, number) => String(number));
    connection.receive(encode(`${lines.join("\n")}\n`));
    // As many as fill the limit, and one more that crosses it.
    await until("the limit is crossed", () => asked.length === 257);
    await turn();
    expect(asked.length).toBe(257);
    expect(socket.calls).toEqual(["pause"]);

    socket.room = Number.POSITIVE_INFINITY;
    connection.drained();
    await until("the peer is resumed", () => socket.calls.includes("resume"));
    expect(socket.calls).toEqual(["pause", "resume"]);
    expect(asked).toEqual(lines);
    expect(socket.text).toBe(`${kilobyte}\n`.repeat(600));
  });

  test("a peer that asks for little at once is never paused", async () => {
    const { socket, connection } = connect();
    connection.receive(encode("x\n".repeat(200)));
    connection.peerEnded();
    await socket.over;
    expect(socket.text).toBe("<x>\n".repeat(200));
    expect(socket.calls).toEqual(["end"]);
  });

  test("a peer that sends on during a long answer is paused, and then served in full", async () => {
    const { socket, service, connection } = connect();
    const slow = service.hold("slow");
    connection.receive(encode("slow\n"));
    for (let packet = 0; packet < 3; packet++) connection.receive(encode("x\n".repeat(100)));
    expect(socket.calls).toEqual(["pause"]);
    slow.resolve();
    connection.peerEnded();
    await socket.over;
    expect(socket.text).toBe(`<slow>\n${"<x>\n".repeat(300)}`);
  });
});

test("one peer's flood of lines is worked off over many turns, between which others are heard", async () => {
  const socket = createFakeSocket();
  let answered = 0;
  const busy: LineService = {
    unterminated: "?",
    answer() {
      const until = performance.now() + 0.5;
      while (performance.now() < until);
      answered += 1;
      return "";
    },
  };
  const connection = createLineConnection(socket, busy);
  connection.receive(encode("state:\n".repeat(200)));
  connection.peerEnded();
  const seen = new Set<number>();
  await until("all are answered", () => seen.add(answered) && answered === 200);
  await socket.over;
  expect(seen.size).toBeGreaterThan(2);
});

test("a flood in one packet is cut into lines only as they are answered, and none is lost", async () => {
  const { socket, service, connection } = connect();
  const slow = service.hold("slow");
  const lines = Array.from({ length: 70_000 }, (_, number) => String(number));
  connection.receive(encode(`slow\n${lines.join("\n")}\nend`));
  connection.receive(encode("ing\n"));
  connection.peerEnded();
  expect([connection.idle, socket.calls]).toEqual([false, ["pause"]]);
  slow.resolve();
  await socket.over;
  expect(service.asked).toEqual(["slow", ...lines, "ending"]);
});

test("what is kept for a peer is counted, and forgotten once it is answered or gone", async () => {
  let kept = 0;
  const share = {
    ...createDoorShare(),
    keep(change: number) {
      kept += change;
    },
  };
  const socket = createFakeSocket();
  const service: LineService = { unterminated: "?", answer: decode };
  const connection = createLineConnection(socket, service, share);
  for (let byte = 0; byte < 1_000; byte += 1) connection.receive(encode("x"));
  expect([kept, connection.kept]).toEqual([1_000, 1_000]);
  connection.receive(encode("\n"));
  await until("it is answered", () => kept === 0);
  connection.receive(encode("rest"));
  expect(kept).toBe(4);
  connection.closed();
  expect(kept).toBe(0);
});

test("a peer that is gone during an answer gets no reply, and no later line is executed", async () => {
  const { socket, service, connection } = connect();
  const slow = service.hold("slow");
  connection.receive(encode("slow\nnext\n"));
  await turn();
  connection.closed();
  slow.resolve();
  await turn();
  expect([socket.text, service.asked, socket.calls]).toEqual(["", ["slow"], []]);
});

test("a connection that was dropped hears nothing more", async () => {
  const { socket, service, connection } = connect();
  connection.drop();
  connection.receive(encode("state:\n"));
  connection.peerEnded();
  await turn();
  expect([socket.text, service.asked, socket.calls]).toEqual(["", [], ["terminate"]]);
});

test("a service that answers at once and one that answers later are the same to the peer", async () => {
  const socket = createFakeSocket();
  const connection = createLineConnection(socket, {
    unterminated: "?",
    answer: (line) => (line.length % 2 === 0 ? decode(line) : Promise.resolve(decode(line))),
  });
  connection.receive(encode("a\nbb\nccc\ndddd\n"));
  connection.peerEnded();
  await socket.over;
  expect(socket.text).toBe("a\nbb\nccc\ndddd\n");
});

/** A connection on a fake socket, and a service that answers `x` with `<x>`. */
function connect(room?: number) {
  const socket = createFakeSocket(room);
  const held = new Map<string, Promise<void>>();
  const asked: string[] = [];
  const service = {
    unterminated: "<?>",
    asked,
    /** The answer to `line` waits until the test resolves it. */
    hold(line: string) {
      const gate = Promise.withResolvers<void>();
      held.set(line, gate.promise);
      return gate;
    },
    async answer(line: Uint8Array) {
      const text = decode(line);
      asked.push(text);
      await held.get(text);
      return `<${text}>`;
    },
  } satisfies LineService & Record<string, unknown>;
  return { socket, service, connection: createLineConnection(socket, service) };
}
