import { describe, expect, test } from "bun:test";
import { serveRequest } from "../../../src/linksocks/entry/serve-request.ts";
import { createMailbox } from "../../../src/net/byte-stream.ts";
import { encodeSocksReply, SOCKS_REPLY } from "../../../src/net/proxy/socks-codec.ts";
import { createFakeStream } from "../../net/fake-stream.ts";
import { turn } from "../../rig/event-loop.ts";
import { createExit, tcpData } from "./entry-rig.ts";

const TARGET = { host: "example.com", port: 443 };
const SUCCESS = [...encodeSocksReply(SOCKS_REPLY.succeeded)];

describe("a CONNECT", () => {
  test("a CONNECT is answered once the exit has answered, and then carried both ways", () => {
    const { exit, stream } = serve();
    expect(stream.written.length).toBe(0);
    exit.answer();
    exit.say("hello");
    stream.data.listener.onData(Buffer.from("you"));
    expect([...stream.written]).toEqual([...SUCCESS, ...Buffer.from("hello")]);
    expect(exit.link.sent.slice(1)).toEqual([tcpData(exit.id(), "you")]);
    expect(stream.isPaused).toBe(false);
  });

  test("a CONNECT sends the target's bytes behind the answer to the client, also those that overtook the exit's", () => {
    const { exit, stream } = serve();
    exit.say("banner");
    expect(stream.written.length).toBe(0);
    exit.answer();
    expect([...stream.written]).toEqual([...SUCCESS, ...Buffer.from("banner")]);
  });

  test("a CONNECT keeps what the client sends before the answer, behind what stood behind its request", () => {
    const { exit, stream } = serve({ rest: "one " });
    stream.data.listener.onData(Buffer.from("two "));
    stream.data.listener.onData(Buffer.from("three"));
    expect(exit.link.sent).toHaveLength(1);
    exit.answer();
    expect(exit.link.sent.slice(1)).toEqual([tcpData(exit.id(), "one two three")]);
  });

  test.each([
    ["before it was served", { hasEnded: true }],
    ["while the exit dials", { hasEnded: false }],
  ])("a CONNECT tells the exit that the client has ended %s, behind all that it sent", (_, situation) => {
    const { exit, stream } = serve({ rest: "question", ...situation });
    if (!situation.hasEnded) stream.data.listener.onEnd();
    exit.answer();
    expect(exit.link.sent.slice(1)).toEqual([
      tcpData(exit.id(), "question"),
      { type: "disconnect", channel: exit.id(), reason: "EOF" },
    ]);
  });

  test.each([
    ["connection refused", SOCKS_REPLY.connectionRefused],
    ["dial tcp: i/o timeout", SOCKS_REPLY.hostUnreachable],
    ["no available reverse clients", SOCKS_REPLY.networkUnreachable],
    ["", SOCKS_REPLY.hostUnreachable],
  ])("a CONNECT is refused because of %p with reply %d, and closed", (reason, code) => {
    const { exit, stream } = serve({ rest: "question" });
    exit.answer(reason);
    expect([...stream.written]).toEqual([...encodeSocksReply(code)]);
    expect([stream.ending, exit.link.sent.length]).toEqual(["end", 1]);
  });

  test.each([false, true])(
    "a CONNECT whose client goes before the answer is told of to the exit, and nothing is written",
    (wasBroken) => {
      const { exit, stream } = serve();
      stream.data.listener.onClose(wasBroken);
      expect(exit.link.sent.at(-1)).toEqual({ type: "disconnect", channel: exit.id(), reason: "the client has gone" });
      exit.answer();
      exit.trunk.end();
      expect([stream.written.length, stream.ending, exit.link.sent.length]).toEqual([0, "none", 2]);
    },
  );

  test("a CONNECT is refused where the link is lost before the answer", () => {
    const { exit, stream } = serve();
    exit.trunk.end();
    expect([...stream.written]).toEqual([...encodeSocksReply(SOCKS_REPLY.hostUnreachable)]);
    expect(stream.ending).toBe("end");
  });

  test("a CONNECT is refused where the link is lost already", async () => {
    const { exit, stream } = serve({ isLost: true });
    await turn();
    expect([...stream.written]).toEqual([...encodeSocksReply(SOCKS_REPLY.hostUnreachable)]);
    expect([stream.ending, exit.link.sent]).toEqual(["end", []]);
  });

  test("a CONNECT is answered once, however often the exit answers", () => {
    const { exit, stream } = serve();
    exit.answer();
    exit.answer();
    expect([...stream.written]).toEqual(SUCCESS);
  });
});

describe("a CONNECT with fast open", () => {
  test("a CONNECT with fast open is answered at once, and what the client sent goes out at once", () => {
    const { exit, stream } = serve({ rest: "early ", fastOpen: true });
    stream.data.listener.onData(Buffer.from("more"));
    expect([...stream.written]).toEqual(SUCCESS);
    expect(exit.link.sent.slice(1)).toEqual([tcpData(exit.id(), "early "), tcpData(exit.id(), "more")]);
  });

  test("a CONNECT with fast open tells the exit at once that the client has ended", () => {
    const { exit } = serve({ rest: "all", hasEnded: true, fastOpen: true });
    expect(exit.link.sent.slice(1).map(({ type }) => type)).toEqual(["data", "disconnect"]);
  });

  test("a CONNECT with fast open breaks the client's connection where the exit refuses, and says nothing more to it", () => {
    const { exit, stream } = serve({ fastOpen: true });
    exit.answer("connection refused");
    expect([...stream.written]).toEqual(SUCCESS);
    expect(stream.ending).toBe("terminate");
  });

  test("a CONNECT with fast open is refused where the link is lost already: nothing was promised yet", async () => {
    const { stream } = serve({ fastOpen: true, isLost: true });
    await turn();
    expect([...stream.written]).toEqual([...encodeSocksReply(SOCKS_REPLY.hostUnreachable)]);
  });
});

test("a UDP association is asked for as one", () => {
  const { exit } = serve({ command: "udp-associate" });
  expect(exit.link.sent).toMatchObject([{ type: "connect", protocol: "udp", target: undefined }]);
  exit.trunk.end();
});

interface Situation {
  readonly command?: "connect" | "udp-associate";
  readonly rest?: string;
  readonly hasEnded?: boolean;
  readonly fastOpen?: boolean;
  readonly isLost?: boolean;
}

function serve({ command = "connect", rest = "", hasEnded = false, fastOpen = false, isLost }: Situation = {}) {
  const exit = createExit();
  const stream = createFakeStream();
  stream.pause();
  if (isLost === true) exit.trunk.end();
  const request = { command, protocol: "socks5", target: TARGET } as const;
  const kept = createMailbox();
  if (rest !== "") kept.onData(Buffer.from(rest));
  if (hasEnded) kept.onEnd();
  stream.data.listener = kept;
  serveRequest({ stream, request, trunk: exit.trunk, fastOpen });
  return { exit, stream };
}
