import { afterEach, describe, expect, jest, test } from "bun:test";
import { FIRST_WINDOW } from "../../../src/linksocks/channel/window.ts";
import { bodies, data, ID, openChannel } from "./tcp-channel-rig.ts";

afterEach(() => void jest.useRealTimers());

describe("a TCP channel to a peer with windows", () => {
  test("a TCP channel to a peer with windows sends what the socket reads, and gives the socket what comes", () => {
    const { link, stream, deliver } = openChannel();
    stream.data.listener.onData(Buffer.from("hello"));
    deliver(data("world"));
    expect(bodies(link)).toEqual(["hello"]);
    expect(stream.written.toString()).toBe("world");
  });

  test("a TCP channel to a peer with windows sends no more than the peer's window, stops reading the socket, and says that it is blocked, once", () => {
    const { link, stream, deliver } = openChannel({ peerWindow: 10 });
    stream.data.listener.onData(Buffer.from("0123456789abcdef"));
    expect(bodies(link)).toEqual(["0123456789"]);
    expect(stream.isPaused).toBe(true);
    stream.data.listener.onData(Buffer.from("g"));
    expect(link.sent.filter(({ type }) => type === "window")).toEqual([{ type: "window", channel: ID, bytes: 0 }]);
    deliver({ type: "window", channel: ID, bytes: 100 });
    expect(bodies(link).join("")).toBe("0123456789abcdefg");
    expect(stream.isPaused).toBe(false);
  });

  test("a TCP channel to a peer with windows gives credit only for a message that the socket has taken", () => {
    const { link, stream, deliver } = openChannel({ room: 0 });
    deliver(data(Buffer.alloc(FIRST_WINDOW)));
    expect(link.takeSent()).toEqual([]);
    stream.room = FIRST_WINDOW / 2;
    stream.data.listener.onDrain();
    expect(link.takeSent()).toEqual([]);
    stream.room = FIRST_WINDOW / 2;
    stream.data.listener.onDrain();
    expect(link.takeSent()).toEqual([{ type: "window", channel: ID, bytes: FIRST_WINDOW }]);
  });

  test("a TCP channel to a peer with windows ends where 128 MiB of that peer wait and its own reader is behind; another one goes on", () => {
    const most = 128 * 1024 * 1024;
    const slow = openChannel({ room: 0 });
    slow.trunk.waitingBytes = most - 1;
    slow.deliver(data("x"));
    expect([slow.trunk.waitingBytes, slow.link.sent]).toEqual([most, []]);
    slow.deliver(data("y"));
    expect(slow.link.sent).toEqual([{ type: "disconnect", channel: ID, reason: "too much waits for slow readers" }]);
    expect(slow.trunk.waitingBytes).toBe(most - 1);
    const quick = openChannel();
    quick.trunk.waitingBytes = 2 * most;
    quick.deliver(data("z"));
    expect([quick.stream.written.toString(), quick.trunk.has(ID)]).toEqual(["z", true]);
  });

  test("a TCP channel to a peer with windows ends a channel whose peer sends more than it may", () => {
    const { link, stream, trunk, deliver } = openChannel({ room: 0 });
    deliver(data(Buffer.alloc(FIRST_WINDOW)));
    deliver(data("x"));
    expect(link.sent.at(-1)).toEqual({ type: "disconnect", channel: ID, reason: "window exceeded" });
    expect(trunk.has(ID)).toBe(false);
    stream.room = FIRST_WINDOW;
    expect(link.isPaused).toBe(false);
  });

  test("a TCP channel to a peer with windows doubles the window of a sender that is blocked while the socket keeps up, and not otherwise", () => {
    const { link, stream, deliver } = openChannel({ room: FIRST_WINDOW });
    deliver(data(Buffer.alloc(FIRST_WINDOW)));
    link.takeSent();
    deliver({ type: "window", channel: ID, bytes: 0 });
    expect(link.takeSent()).toEqual([{ type: "window", channel: ID, bytes: FIRST_WINDOW }]);
    deliver(data("x"));
    deliver({ type: "window", channel: ID, bytes: 0 });
    expect(link.takeSent()).toEqual([]);
    stream.room = 10;
    stream.data.listener.onDrain();
  });

  test("a TCP channel to a peer with windows carries an end in one direction while the other goes on, and is over when both have ended", () => {
    const { link, stream, trunk, deliver } = openChannel();
    stream.data.listener.onData(Buffer.from("question"));
    stream.data.listener.onEnd();
    expect(link.takeSent().map(({ type }) => type)).toEqual(["data", "finish"]);
    deliver(data("answer"));
    expect(stream.written.toString()).toBe("answer");
    deliver({ type: "finish", channel: ID });
    expect(stream.ending).toBe("end");
    expect(trunk.has(ID)).toBe(false);
    expect(link.takeSent()).toEqual([]);
  });

  test("a TCP channel to a peer with windows tells the end only after what the socket sent before it", () => {
    const { link, deliver, stream } = openChannel({ peerWindow: 4 });
    stream.data.listener.onData(Buffer.from("question"));
    stream.data.listener.onEnd();
    expect(link.sent.some(({ type }) => type === "finish")).toBe(false);
    deliver({ type: "window", channel: ID, bytes: 100 });
    expect(link.sent.at(-1)?.type).toBe("finish");
    expect(bodies(link).join("")).toBe("question");
  });

  test("a TCP channel to a peer with windows shuts the socket down only after it has taken all that came before the peer's end", () => {
    const { stream, deliver } = openChannel({ room: 2 });
    deliver(data("answer"));
    deliver({ type: "finish", channel: ID });
    expect(stream.ending).toBe("none");
    stream.room = 100;
    stream.data.listener.onDrain();
    expect(stream.written.toString()).toBe("answer");
    expect(stream.ending).toBe("shutdown");
  });

  test("a TCP channel to a peer with windows learns from the response that the peer keeps no windows after all", () => {
    const { link, deliver, stream } = openChannel({ peerWindow: undefined });
    deliver({ type: "connect-response", channel: ID, success: true, error: "", window: undefined });
    stream.data.listener.onData(Buffer.alloc(FIRST_WINDOW * 3));
    expect(bodies(link).join("").length).toBe(FIRST_WINDOW * 3);
  });
});

describe("a TCP channel to a peer without windows", () => {
  test("a TCP channel to a peer without windows tells its end by a Disconnect and still delivers the reply that comes behind it", () => {
    const { link, stream, trunk, deliver } = openChannel({ keepsWindows: false });
    stream.data.listener.onEnd();
    expect(link.sent).toEqual([{ type: "disconnect", channel: ID, reason: "EOF" }]);
    deliver(data("late"));
    expect(stream.written.toString()).toBe("late");
    deliver({ type: "disconnect", channel: ID, reason: "EOF" });
    expect(stream.ending).toBe("end");
    expect(trunk.has(ID)).toBe(false);
  });

  test("a TCP channel to a peer without windows waits 5 s for late replies after its own end, and then ends in order", () => {
    jest.useFakeTimers();
    const { stream, trunk } = openChannel({ keepsWindows: false });
    stream.data.listener.onEnd();
    jest.advanceTimersByTime(4_999);
    expect([stream.ending, trunk.has(ID)]).toEqual(["none", true]);
    jest.advanceTimersByTime(1);
    expect([stream.ending, trunk.has(ID)]).toEqual(["end", false]);
  });

  test("a TCP channel to a peer without windows stops reading the link while its socket takes nothing, and goes on when it does", () => {
    const { link, stream, deliver } = openChannel({ keepsWindows: false, room: 0 });
    deliver(data(Buffer.alloc(4 * 1024 * 1024)));
    expect(link.isPaused).toBe(false);
    deliver(data("x"));
    expect(link.isPaused).toBe(true);
    stream.room = 4 * 1024 * 1024;
    stream.data.listener.onDrain();
    expect(link.isPaused).toBe(false);
  });

  test("a TCP channel to a peer without windows reads the link again when the channel that held it ends", () => {
    const { link, deliver } = openChannel({ keepsWindows: false, room: 0 });
    deliver(data(Buffer.alloc(5 * 1024 * 1024)));
    deliver({ type: "disconnect", channel: ID, reason: "" });
    expect(link.isPaused).toBe(false);
  });
});
