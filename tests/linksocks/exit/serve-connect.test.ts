import { afterEach, describe, expect, jest, test } from "bun:test";
import { FIRST_WINDOW } from "../../../src/linksocks/channel/window.ts";
import { newUuid } from "../../../src/linksocks/codec/uuid.ts";
import { DialError } from "../../../src/linksocks/exit/resolve.ts";
import { affordableConnections } from "../../../src/platform/process/descriptor-limit.ts";
import { turn } from "../../rig/event-loop.ts";
import { ID, TARGET } from "../sample-connect.ts";
import { ACCEPTED, createRig, data, END, refusal } from "./serve-connect-rig.ts";

afterEach(() => void jest.useRealTimers());

describe("a Connect that nobody is dialled for", () => {
  test.each([
    ["to move a channel here", { resume: true }, { type: "disconnect", channel: ID, reason: "channel expired" }],
    ["for a protocol that we do not know", { protocol: "none", target: undefined }, refusal("unknown protocol")],
    ["to port 0", { target: { host: "example.com", port: 0 } }, refusal("no such address")],
    ["to no host", { target: { host: "", port: 443 } }, refusal("no such address")],
  ] as const)("%s is answered", async (_, change, answer) => {
    const { link, dialled, serve, trunk } = createRig();
    serve(change);
    await turn();
    expect(link.sent).toEqual([answer]);
    expect([dialled, trunk.channelCount]).toEqual([[], 0]);
  });

  test("a Connect for UDP is refused where there is an upstream proxy, which UDP would go around", () => {
    const { link, serve, trunk } = createRig({ allowsUdp: false });
    serve({ protocol: "udp", target: undefined });
    expect(link.sent).toEqual([refusal("UDP is not allowed through an upstream proxy")]);
    expect(trunk.channelCount).toBe(0);
  });

  test("a Connect for UDP is accepted otherwise", () => {
    const { link, serve, trunk } = createRig();
    serve({ protocol: "udp", target: undefined });
    expect(link.sent).toEqual([ACCEPTED]);
    trunk.end();
  });

  test.each([{ protocol: "tcp" }, { protocol: "udp", target: undefined }] as const)(
    "a Connect by a name that is in use is refused, and the channel of that name goes on (%j)",
    async (change) => {
      const { link, dial, serve, deliver, trunk } = createRig();
      serve();
      const stream = await dial();
      serve(change);
      expect(link.takeSent()).toEqual([ACCEPTED, refusal("the channel is in use")]);
      deliver(data("still here"));
      expect([String(stream.written), trunk.channelCount]).toEqual(["still here", 1]);
    },
  );
});

describe("a Connect that is dialled for", () => {
  test("a Connect is answered once the target is reached, and its bytes follow", async () => {
    const { link, dialled, dial, serve } = createRig();
    serve();
    await turn();
    expect([dialled, link.sent]).toEqual([[TARGET], []]);
    const stream = await dial();
    stream.data.listener.onData(Buffer.from("banner"));
    expect(link.sent).toEqual([ACCEPTED, data("banner")]);
  });

  test("a Connect gets the target's first bytes behind the answer, also those that came while it was being dialled", async () => {
    const { link, hear, dial, serve } = createRig();
    serve();
    hear().onData(Buffer.from("early "));
    await dial();
    hear().onData(Buffer.from("later"));
    expect(link.sent).toEqual([ACCEPTED, data("early "), data("later")]);
  });

  test("a Connect gets the end of a target that closes at once, behind its bytes", async () => {
    const { link, hear, dial, serve, trunk } = createRig();
    serve();
    hear().onData(Buffer.from("bye"));
    hear().onClose(false);
    await dial();
    expect(link.sent).toEqual([ACCEPTED, data("bye"), END]);
    expect(trunk.channelCount).toBe(0);
  });

  test("a Connect keeps what the SOCKS side sends before the target is reached, and its end", async () => {
    const { link, deliver, dial, serve, trunk } = createRig();
    serve();
    deliver(data("question"));
    deliver(data("?"));
    deliver(END);
    const stream = await dial();
    expect([String(stream.written), stream.ending]).toEqual(["question?", "end"]);
    expect([link.sent, trunk.channelCount]).toEqual([[], 0]);
  });

  test.each([
    ["connection refused", new DialError("connection refused")],
    ["the target cannot be reached", new Error("a text with a secret")],
  ])("a Connect is refused where dialling fails, with a text that may be shown: %s", async (text, error) => {
    const { link, fail, serve, trunk } = createRig();
    serve();
    await fail(error);
    expect(link.sent).toEqual([refusal(text)]);
    expect(trunk.channelCount).toBe(0);
  });

  test("a Connect gets no answer once its SOCKS side has given up, and the target is hung up on", async () => {
    const { link, deliver, dial, serve } = createRig();
    serve();
    deliver({ ...END, reason: "the client has gone" });
    expect((await dial()).ending).toBe("terminate");
    expect(link.sent).toEqual([]);
  });

  test("a Connect gets no refusal either once its SOCKS side has given up", async () => {
    const { link, deliver, fail, serve } = createRig();
    serve();
    deliver(END);
    await fail(new DialError("connection refused"));
    expect(link.sent).toEqual([]);
  });

  test("a Connect reaches nobody where the link is lost before, and hangs up", async () => {
    const { link, dial, serve, trunk } = createRig();
    serve();
    trunk.end();
    expect((await dial()).ending).toBe("terminate");
    expect(link.sent).toEqual([]);
  });

  test("a Connect holds the target's bytes back for as long as a Go server needs to handle the answer", async () => {
    jest.useFakeTimers();
    const { link, dial, serve } = createRig({ gapMs: 20 });
    serve();
    const stream = await dial();
    stream.data.listener.onData(Buffer.from("banner"));
    jest.advanceTimersByTime(19);
    expect(link.sent).toEqual([ACCEPTED]);
    jest.advanceTimersByTime(1);
    expect(link.sent).toEqual([ACCEPTED, data("banner")]);
  });

  test("a Connect sends nothing after that time for a channel that has ended in it", async () => {
    jest.useFakeTimers();
    const { link, deliver, dial, serve } = createRig({ gapMs: 20 });
    serve();
    const stream = await dial();
    stream.data.listener.onData(Buffer.from("banner"));
    deliver(END);
    jest.advanceTimersByTime(20);
    expect(link.sent).toEqual([ACCEPTED]);
  });
});

describe("windows", () => {
  test.each([
    ["both sides and the channel", true, 1_000, FIRST_WINDOW],
    ["a channel from somebody behind the peer who keeps none", true, undefined, undefined],
    ["a peer that has not said that it does", false, 1_000, undefined],
  ] as const)("are kept for %s: %p, %p gives %p", async (_, keepsWindows, window, answered) => {
    const { link, dial, serve, trunk } = createRig();
    trunk.keepsWindows = keepsWindows;
    serve({ window });
    const stream = await dial();
    expect(link.takeSent()).toEqual([{ ...ACCEPTED, window: answered }]);
    stream.data.listener.onData(Buffer.alloc(1_001));
    const sent = link.sent.reduce((sum, message) => sum + (message.type === "data" ? message.body.length : 0), 0);
    expect(sent).toBe(answered === undefined ? 1_001 : 1_000);
  });
});

test("the log is told where a connection goes, how long it lasts, or why there is none", async () => {
  const reached = createRig();
  reached.serve();
  await reached.dial();
  expect(reached.told).toEqual(["is connected to example.com:443"]);
  reached.deliver({ type: "disconnect", channel: ID, reason: "" });
  expect(reached.told[1]).toMatch(/^was connected to example\.com:443 for \d+\.\d s$/);
  const refused = createRig();
  refused.serve();
  await refused.fail(new DialError("connection refused"));
  expect(refused.told).toEqual(["was not connected to example.com:443: connection refused"]);
});

test("a target that is given up while it is dialled counts until the dial has ended", async () => {
  const { link, serve, trunk, deliver, fail } = createRig();
  const most = Math.floor(affordableConnections("targets") / 2);
  for (let targets = 0; targets < most; targets += 1) {
    const channel = newUuid();
    serve({ channel });
    deliver({ type: "disconnect", channel, reason: "" });
  }
  serve({ channel: newUuid() });
  expect(link.takeSent()).toMatchObject([{ error: "too many connections" }]);
  await fail(new DialError("timed out"));
  link.takeSent();
  serve({ channel: newUuid() });
  expect(link.takeSent()).not.toMatchObject([{ error: "too many connections" }]);
  trunk.end();
});

test("a peer has so many UDP associations, and half of the descriptors for targets, and gives each back when it ends", () => {
  const { link, serve, trunk, deliver } = createRig();
  const ids = Array.from({ length: 257 }, () => newUuid());
  for (const channel of ids) serve({ channel, protocol: "udp", target: undefined });
  const refusal = { type: "connect-response", success: false, error: "too many connections", window: undefined };
  expect(link.sent.filter((message) => "success" in message && !message.success)).toEqual([
    { ...refusal, type: "connect-response", channel: String(ids[256]) },
  ]);
  deliver({ type: "disconnect", channel: String(ids[0]), reason: "" });
  link.takeSent();
  serve({ channel: String(ids[256]), protocol: "udp", target: undefined });
  expect(link.takeSent()).toMatchObject([{ success: true }]);
  const most = Math.floor(affordableConnections("targets") / 2);
  for (let targets = 2 * 256; targets < most; targets += 1) serve({ channel: newUuid() });
  expect(link.takeSent()).toEqual([]);
  serve({ channel: newUuid() });
  expect(link.takeSent()).toMatchObject([{ error: "too many connections" }]);
  trunk.end();
});
