import { describe, expect, test } from "bun:test";
import { createDoorShare } from "../../../src/net/lines/door-share.ts";
import { createLineConnection, type LineService } from "../../../src/net/lines/line-connection.ts";
import { turn } from "../../rig/event-loop.ts";
import { until } from "../../rig/until.ts";
import { createFakeSocket } from "./fake-socket.ts";
import { connectLine, decode, encode } from "./line-rig.ts";

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
    const { socket, connection } = connectLine();
    connection.receive(encode("x\n".repeat(200)));
    connection.peerEnded();
    await socket.over;
    expect(socket.text).toBe("<x>\n".repeat(200));
    expect(socket.calls).toEqual(["end"]);
  });

  test("a peer that sends on during a long answer is paused, and then served in full", async () => {
    const { socket, service, connection } = connectLine();
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
  const { socket, service, connection } = connectLine();
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
