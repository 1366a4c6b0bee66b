import { afterEach, describe, expect, jest, test } from "bun:test";
import { createLineConnection } from "../../../src/net/lines/line-connection.ts";
import { turn } from "../../rig/event-loop.ts";
import { until } from "../../rig/until.ts";
import { createFakeSocket } from "./fake-socket.ts";
import { connectLine, decode, encode } from "./line-rig.ts";

afterEach(() => void jest.useRealTimers());

test("replies keep the order of the lines, one answer at a time, however long the first takes", async () => {
  const { socket, service, connection } = connectLine();
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
    const { socket, service, connection } = connectLine();
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
    const { socket, service, connection } = connectLine();
    connection.peerEnded();
    await socket.over;
    expect([socket.text, socket.calls, service.asked]).toEqual(["", ["end"], []]);
  });

  test("a line that a half-close cuts off gets the newline error, after the replies before it", async () => {
    const { socket, service, connection } = connectLine();
    connection.receive(encode("one\nfrag"));
    connection.peerEnded();
    await socket.over;
    expect([socket.text, service.asked]).toEqual(["<one>\n<?>\n", ["one"]]);
  });

  test("a peer that reads slowly gets every byte before the end", async () => {
    const { socket, connection } = connectLine(3);
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

describe("another protocol", () => {
  test.each([
    ["head and body in one packet", ["POST / HTTP/1.1\r\nHost: x\r\n\r\nspin_down:\n"]],
    ["head and body in two packets", ["POST / HTTP/1.1\r\n\r\n", "spin_down:\n"]],
    ["a request line in pieces", ["PO", "ST / HT", "TP/1.1\r\nspin_down:\n"]],
    ["TLS, then text", ["\u0016\u0003\u0001\nspin_down:\n"]],
  ])("another protocol is dropped before anything is executed or said: %s", async (_, packets) => {
    const { socket, service, connection } = connectLine();
    for (const packet of packets) connection.receive(encode(packet));
    connection.peerEnded();
    await socket.over;
    await turn();
    expect([socket.text, service.asked, socket.calls]).toEqual(["", [], ["terminate"]]);
  });

  test("another protocol is dropped as a fragment too, at the peer's end and after a second", async () => {
    jest.useFakeTimers();
    for (const end of ["time", "peer"] as const) {
      const { socket, connection } = connectLine();
      connection.receive(new Uint8Array([0x16, 0x03, 0x01]));
      if (end === "time") jest.advanceTimersByTime(1_000);
      else connection.peerEnded();
      await turn();
      expect([socket.text, socket.calls]).toEqual(["", ["terminate"]]);
    }
  });

  test("another protocol is only looked for in the first line", async () => {
    const { socket, service, connection } = connectLine();
    connection.receive(encode("state:\nGET / HTTP/1.1\n"));
    connection.peerEnded();
    await socket.over;
    expect(service.asked).toEqual(["state:", "GET / HTTP/1.1"]);
  });
});

test("a peer that is gone during an answer gets no reply, and no later line is executed", async () => {
  const { socket, service, connection } = connectLine();
  const slow = service.hold("slow");
  connection.receive(encode("slow\nnext\n"));
  await turn();
  connection.closed();
  slow.resolve();
  await turn();
  expect([socket.text, service.asked, socket.calls]).toEqual(["", ["slow"], []]);
});

test("a connection that was dropped hears nothing more", async () => {
  const { socket, service, connection } = connectLine();
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
