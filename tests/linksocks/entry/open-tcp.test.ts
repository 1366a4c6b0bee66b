import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import type { TcpChannel } from "../../../src/linksocks/channel/tcp-channel.ts";
import { FIRST_WINDOW } from "../../../src/linksocks/channel/window.ts";
import { openTcp } from "../../../src/linksocks/entry/open-tcp.ts";
import { pump } from "../../../src/net/pump.ts";
import { createFakeStream } from "../../net/fake-stream.ts";
import { turn } from "../../rig/event-loop.ts";
import { createExit, type Exit, tcpData } from "./entry-rig.ts";

const TARGET = { host: "example.com", port: 443 };
const RESPONSE_MS = 15_000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe("without fast open", () => {
  test("a connection without fast open asks the exit and waits for its answer", () => {
    const { link, heard, id, answer } = open();
    expect(link.sent).toEqual([
      { type: "connect", channel: id(), protocol: "tcp", target: TARGET, resume: false, window: undefined },
    ]);
    expect(heard).toEqual([]);
    answer();
    expect(heard).toEqual(["open"]);
  });

  test("a connection without fast open offers a window where the peer keeps them, and sends what the peer has offered", () => {
    const { link, answer, stream } = open({ keepsWindows: true });
    expect(link.takeSent()).toMatchObject([{ type: "connect", window: FIRST_WINDOW }]);
    answer(undefined, 3);
    stream.data.listener.onData(Buffer.from("12345"));
    expect(link.takeSent()).toMatchObject([{ body: Buffer.from("123") }, { type: "window", bytes: 0 }]);
  });

  test("a connection without fast open offers a window to a peer that may not have said yet that it keeps them, and goes by its answer", () => {
    const { link, answer, stream } = open({ mayKeepWindows: true });
    expect(link.takeSent()).toMatchObject([{ type: "connect", window: FIRST_WINDOW }]);
    answer();
    const much = Buffer.alloc(FIRST_WINDOW + 1);
    stream.data.listener.onData(much);
    const bodies = link.takeSent().flatMap((message) => (message.type === "data" ? message.body : []));
    expect(Buffer.concat(bodies)).toEqual(much);
  });

  test("a connection without fast open sends nothing before the answer", () => {
    const { link, id, answer, channel, stream } = open();
    expect(channel.write(Buffer.from("early"))).toBe(0);
    expect(link.takeSent()).toHaveLength(1);
    answer();
    stream.data.listener.onData(Buffer.from("early"));
    expect(link.takeSent()).toEqual([tcpData(id(), "early")]);
  });

  test("a connection without fast open tells a refusal in the exit's words, and forgets the channel without a word", () => {
    const { link, trunk, heard, answer } = open();
    answer("connection refused");
    expect(heard).toEqual(["refused: connection refused"]);
    expect([trunk.channelCount, link.sent.length]).toEqual([0, 1]);
  });

  test("a connection without fast open gives up after 15 s, and tells the exit so", () => {
    const { link, trunk, id, heard } = open();
    jest.advanceTimersByTime(RESPONSE_MS - 1);
    expect(heard).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(heard).toEqual(["refused: timed out"]);
    expect(link.sent.at(-1)).toEqual({ type: "disconnect", channel: id(), reason: "timed out" });
    expect(trunk.channelCount).toBe(0);
  });

  test.each([undefined, "connection refused"])(
    "a connection without fast open does not hear an answer that comes later (%s)",
    (error) => {
      const { link, heard, answer } = open();
      jest.advanceTimersByTime(RESPONSE_MS);
      link.takeSent();
      answer(error);
      expect([heard, link.takeSent()]).toEqual([["refused: timed out"], []]);
    },
  );

  test("a connection without fast open has all the time of the world once it is open", () => {
    const { trunk, answer, heard } = open();
    answer();
    jest.advanceTimersByTime(RESPONSE_MS);
    expect([heard, trunk.channelCount]).toEqual([["open"], 1]);
  });

  test("a connection without fast open opens once, however often the exit says so", () => {
    const { heard, answer } = open();
    answer();
    answer();
    expect(heard).toEqual(["open"]);
  });

  test("a connection without fast open breaks its stream where the exit takes its word back", () => {
    const { trunk, heard, answer, stream } = open();
    answer();
    answer("connection refused");
    expect([heard, stream.ending, trunk.channelCount]).toEqual([["open"], "terminate", 0]);
  });

  test.each([
    ["a Disconnect of the exit", (exit: Exit) => exit.deliver({ type: "disconnect", channel: exit.id(), reason: "" })],
    ["the loss of the link", (exit: Exit) => exit.trunk.end()],
  ])("a connection without fast open comes to nothing by %s, once, and is not timed out later", (_, cause) => {
    const exit = open();
    cause(exit);
    jest.advanceTimersByTime(RESPONSE_MS);
    expect(exit.heard).toEqual(["refused: the connection to the peer was lost"]);
    expect(exit.link.sent).toHaveLength(1);
  });

  test("a connection without fast open is given up from this side with a word to the exit, and heard of once", () => {
    const { link, id, heard, channel, answer } = open();
    channel.abandon("the client has gone");
    expect(link.sent.at(-1)).toEqual({ type: "disconnect", channel: id(), reason: "the client has gone" });
    answer();
    jest.advanceTimersByTime(RESPONSE_MS);
    expect(heard).toHaveLength(1);
    expect(link.sent).toHaveLength(2);
  });
});

describe("with fast open", () => {
  test("a connection with fast open is open at once, and sends at once", () => {
    const { link, id, heard, stream } = open({ fastOpen: true });
    expect(heard).toEqual(["open"]);
    stream.data.listener.onData(Buffer.from("early"));
    expect(link.sent.slice(1)).toEqual([tcpData(id(), "early")]);
  });

  test("a connection with fast open offers no window to a peer that has not said that it keeps them: its bytes go out before the answer", () => {
    const { link } = open({ fastOpen: true, mayKeepWindows: true });
    expect(link.sent).toMatchObject([{ type: "connect", window: undefined }]);
  });

  test("a connection with fast open waits with what it sends for the answer, where the peer would lose it", () => {
    const { link, id, answer, heard, stream } = open({ fastOpen: true, losesEarlyData: true });
    expect(heard).toEqual(["open"]);
    stream.data.listener.onData(Buffer.from("early"));
    expect(link.sent).toHaveLength(1);
    answer();
    expect(link.sent.slice(1)).toEqual([tcpData(id(), "early")]);
    expect(heard).toEqual(["open"]);
  });

  test.each([
    ["a refusal", (exit: Exit) => exit.answer("connection refused"), 1],
    ["no answer for 15 s", () => void jest.advanceTimersByTime(RESPONSE_MS), 2],
    ["the loss of the link", (exit: Exit) => exit.trunk.end(), 1],
  ])("a connection with fast open breaks its stream after %s: it is too late for a refusal", (_, cause, messages) => {
    const exit = open({ fastOpen: true });
    cause(exit);
    expect(exit.heard).toEqual(["open"]);
    expect([exit.stream.ending, exit.trunk.channelCount, exit.link.sent.length]).toEqual(["terminate", 0, messages]);
  });
});

test.each([true, false])(
  "over a link that is lost already it comes to nothing in a moment (fast open %p)",
  async (fast) => {
    const { link, heard } = open({ fastOpen: fast, isLost: true });
    expect(heard).toEqual([]);
    await turn();
    jest.advanceTimersByTime(RESPONSE_MS);
    expect([heard, link.sent]).toEqual([["refused: the connection to the peer was lost"], []]);
  },
);

interface Situation {
  readonly fastOpen?: boolean;
  readonly keepsWindows?: boolean;
  readonly mayKeepWindows?: boolean;
  readonly losesEarlyData?: boolean;
  readonly isLost?: boolean;
}

/** Asks for a channel; joins it to a stream as soon as it is open. */
function open({ fastOpen = false, isLost = false, ...peer }: Situation = {}) {
  const exit = createExit();
  const heard: string[] = [];
  const stream = createFakeStream();
  Object.assign(exit.trunk, peer);
  if (isLost) exit.trunk.end();
  const channel = openTcp(exit.trunk, TARGET, fastOpen, {
    onOpen(opened: TcpChannel) {
      heard.push("open");
      pump(stream, opened);
    },
    onRefused: (reason) => void heard.push(`refused: ${reason}`),
  });
  return { ...exit, heard, stream, channel };
}
