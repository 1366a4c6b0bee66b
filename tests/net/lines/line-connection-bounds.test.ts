import { afterEach, describe, expect, jest, test } from "bun:test";
import { turn } from "../../rig/event-loop.ts";
import { connectLine, encode } from "./line-rig.ts";

const LIMIT = 64 * 1024;

afterEach(() => void jest.useRealTimers());

describe("an unfinished line", () => {
  test("an unfinished line gets the newline error after a second of silence, and the connection goes on", async () => {
    jest.useFakeTimers();
    const { socket, service, connection } = connectLine();
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
    const { socket, connection } = connectLine();
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
      const { connection } = connectLine();
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
    const { socket, service, connection } = connectLine();
    connection.receive(encode(`${"x".repeat(LIMIT)}\n`));
    connection.peerEnded();
    await socket.over;
    expect(service.asked.map((line) => line.length)).toEqual([LIMIT]);
    expect(socket.calls).toEqual(["end"]);
  });

  test("a line that is too long of one byte more gets the newline error and FIN, after the replies before it; nothing after it is executed", async () => {
    const { socket, service, connection } = connectLine();
    connection.receive(encode(`one\n${"x".repeat(LIMIT + 1)}\ntwo\n`));
    connection.receive(encode("three\n"));
    await socket.over;
    expect([socket.text, socket.calls, service.asked]).toEqual(["<one>\n<?>\n", ["pause", "shutdown"], ["one"]]);
    connection.closed();
  });

  test("the peer gets a second to read why, or until it ends", async () => {
    jest.useFakeTimers();
    for (const end of ["time", "peer"] as const) {
      const { socket, connection } = connectLine();
      connection.receive(encode("x".repeat(LIMIT + 1)));
      await socket.over;
      jest.advanceTimersByTime(999);
      expect(socket.calls).toEqual(["pause", "shutdown"]);
      if (end === "time") jest.advanceTimersByTime(1);
      else connection.peerEnded();
      expect(socket.calls).toEqual(["pause", "shutdown", "terminate"]);
      expect(jest.getTimerCount()).toBe(0);
    }
  });
});
