import { describe, expect, test } from "bun:test";
import { askFor, followStream, type StreamOptions } from "../../../src/viewer/client/stream.ts";
import { createFakeDaemon, statusEvent } from "../fake-daemon.ts";
import { createFakeTimers } from "../fake-timers.ts";

function follow(options: Partial<StreamOptions> = {}) {
  const daemon = createFakeDaemon();
  const timers = createFakeTimers();
  const told: unknown[] = [];
  const stream = followStream(
    { url: "ws://127.0.0.1:1", open: daemon.open, timers, random: () => 0.5, ...options },
    {
      onOpen: () => told.push("open"),
      onEvent: ({ seq, type }) => told.push([seq, type]),
      onGap: (gap) => told.push(gap),
      onIgnored: (reason) => told.push(reason),
      onLost: ({ retryInMs }) => told.push(`lost, ${retryInMs}`),
    },
  );
  return { daemon, timers, told, stream };
}

describe("filters", () => {
  test("own events and those of nobody pass, others do not", () => {
    const { daemon, told } = follow({ account: 7001 });
    daemon.accept();
    for (const account_id of [7001, null, 7002])
      daemon.send({ seq: 1, type: `of ${account_id}`, account_id, data: {} });
    expect(told).toEqual(["open", [1, "of 7001"], [1, "of null"]]);
  });

  test("only the types that are wanted pass; a gap always does", () => {
    const { daemon, told } = follow({ types: ["a"] });
    daemon.accept();
    for (const type of ["a", "b"]) daemon.send({ seq: 1, type, account_id: 1, data: {} });
    daemon.send({ seq: 9, type: "gap", account_id: null, data: { from: 2, to: 9 } });
    expect(told).toEqual(["open", [1, "a"], { from: 2, to: 9 }]);
  });
});

test("a malformed message is told, and the next one read", () => {
  const { daemon, told } = follow();
  daemon.accept();
  daemon.sendText("{");
  daemon.send(statusEvent(1));
  expect(told).toEqual(["open", "a message that is no event", [1, "daemon_status"]]);
});

test("a snapshot is no news: all of it has the number up to which it is true; what follows is, and what was missed", () => {
  const daemon = createFakeDaemon();
  const timers = createFakeTimers();
  const news: unknown[] = [];
  const ignore = () => {};
  followStream(
    { url: "ws://127.0.0.1:1", open: daemon.open, timers, random: () => 0.5, snapshot: true },
    {
      onOpen: ignore,
      onEvent: ({ seq, isNews }) => news.push([seq, isNews]),
      onGap: ignore,
      onIgnored: ignore,
      onLost: ignore,
    },
  );
  daemon.accept();
  for (const seq of [7, 7, 8]) daemon.send(statusEvent(seq));
  daemon.send({ ...statusEvent(0), seq: undefined });
  daemon.drop();
  timers.advance(1_000);
  daemon.accept();
  daemon.send(statusEvent(9));
  // Another database's numbers.
  daemon.send({ seq: 3, type: "gap", account_id: null, data: { from: 1, to: 3 } });
  daemon.send(statusEvent(4));
  expect(news).toEqual([
    [7, false],
    [7, false],
    [8, true],
    [undefined, true],
    [9, true],
    [4, true],
  ]);
});

describe("connecting anew", () => {
  test("connecting anew never gives up, whether refused or dropped, and by the schedule", () => {
    const { daemon, timers, told } = follow();
    for (const delay of [1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]) {
      const before = daemon.questions.length;
      daemon.drop();
      expect(told.at(-1)).toBe(`lost, ${delay}`);
      timers.advance(delay - 1);
      expect(daemon.questions).toHaveLength(before);
      timers.advance(1);
      expect(daemon.questions).toHaveLength(before + 1);
    }
  });

  test.each([
    [29_999, 2_000],
    [30_000, 1_000],
  ])("connecting anew after %p ms of connection the delay is %p ms", (lasted, delay) => {
    const { daemon, timers, told } = follow();
    daemon.drop();
    timers.advance(1_000);
    daemon.accept();
    timers.advance(lasted);
    daemon.drop();
    expect(told.at(-1)).toBe(`lost, ${delay}`);
  });

  test("connecting anew goes on behind the last event, whatever the filter let through", () => {
    const { daemon, timers } = follow({ account: 7001, since: 3 });
    daemon.accept();
    daemon.send(statusEvent(8));
    daemon.send({ seq: 9, type: "x", account_id: 7002, data: {} });
    daemon.drop();
    timers.advance(1_000);
    expect(daemon.questions).toEqual(["?since=3&account=7001", "?since=9&account=7001"]);
  });

  test("parts of a snapshot do not set the number back from which a stream goes on, a gap does", () => {
    const { daemon, timers } = follow();
    daemon.accept();
    for (const seq of [8, 5]) daemon.send(statusEvent(seq));
    daemon.drop();
    timers.advance(1_000);
    daemon.accept();
    daemon.send({ seq: 2, type: "gap", account_id: null, data: { from: 1, to: 2 } });
    daemon.drop();
    timers.advance(2_000);
    expect(daemon.questions).toEqual(["", "?since=8", "?since=2"]);
  });

  test("a daemon that accepts a stream and does not answer is left", () => {
    const { daemon, timers, told } = follow();
    timers.advance(5_000);
    expect(told).toEqual(["lost, 1000"]);
    expect(daemon.closed).toBe(1);
    // What that connection still says is nobody's business any more.
    daemon.accept();
    daemon.drop();
    expect(told).toEqual(["lost, 1000"]);
  });

  test("a stream that was closed is not opened again", () => {
    const { daemon, timers, told, stream } = follow();
    daemon.accept();
    stream.close();
    daemon.send(statusEvent(1));
    daemon.drop();
    timers.advance(60_000);
    expect(told).toEqual(["open"]);
    expect(daemon.questions).toHaveLength(1);
    expect(daemon.closed).toBe(1);
  });
});

test("the address of a stream asks for what is wanted, and for nothing else", () => {
  const url = "ws://127.0.0.1:8765";
  expect(askFor({ url })).toBe("ws://127.0.0.1:8765/");
  expect(askFor({ url, account: 7001, types: ["a", "b"], since: 0 })).toBe(
    "ws://127.0.0.1:8765/?since=0&account=7001&types=a%2Cb",
  );
  expect(askFor({ url, snapshot: true })).toBe("ws://127.0.0.1:8765/?snapshot=1");
  expect(askFor({ url, snapshot: true, since: 3 })).toBe("ws://127.0.0.1:8765/?since=3");
});
