import { afterEach, describe, expect, jest, test } from "bun:test";
import type { TrunkMessage } from "../../../src/linksocks/channel/read-frame.ts";
import {
  AuthenticationRefused,
  type OpenTrunk,
  openTrunk,
  type TrunkOptions,
} from "../../../src/linksocks/client/open-trunk.ts";
import type { AuthMessage } from "../../../src/linksocks/codec/message.ts";
import { newUuid } from "../../../src/linksocks/codec/uuid.ts";
import { turn } from "../../rig/event-loop.ts";
import { authResponseFrame, frame, logFrame, partnersFrame, str8 } from "../../rig/linksocks-frames.ts";
import type { RawLink } from "../../rig/raw-link.ts";
import { type RawServer, startRawServer } from "../../rig/raw-server.ts";
import { errorOf } from "../../rig/rejection.ts";
import { until } from "../../rig/until.ts";

const ANSWER_MS = 15_000;
const AUTHENTICATION: AuthMessage = { type: "auth", token: "t1", reverse: true, instance: newUuid() };
const SILENT_ANSWER = "the server does not answer";

afterEach(() => void jest.useRealTimers());

describe("a server that accepts", () => {
  test("a server that accepts is told nothing where the URL authenticates, and gives a trunk", async () => {
    await using rig = serve((link) => link.send(authResponseFrame()));
    const { trunk, assignedToken } = await rig.open();
    expect([rig.link().received.length, assignedToken]).toEqual([0, undefined]);
    trunk.send({ type: "partners", count: 7 });
    expect(await rig.link().next(0x0a)).toEqual(partnersFrame(7));
  });

  test("a server that accepts is told who asks first of all otherwise", async () => {
    await using rig = serve((link) => link.send(authResponseFrame()));
    await rig.open({ authentication: AUTHENTICATION });
    await until("it", () => rig.link().received.length > 0);
    const instance = Buffer.from(AUTHENTICATION.instance, "latin1");
    expect(rig.link().received[0]).toEqual(frame(0x01, str8("t1"), [1], instance));
  });

  test("a server that accepts may name the token to use from now on", async () => {
    await using rig = serve((link) => link.send(frame(0x02, [1], str8("t2"))));
    expect((await rig.open()).assignedToken).toBe("t2");
  });

  test.each([
    ["is not UTF-8", [1, 255, ...new Array<number>(255).fill(0xff)]],
    ["is shorter than announced", [1, 9, 0x61]],
  ])("a server that accepts is left with a protocol error where the token that it assigns %s", async (_, body) => {
    await using rig = serve((link) => link.send(frame(0x02, body)));
    const error = await errorOf(rig.open());
    expect(String(error)).toContain("message of type 2");
    expect(await rig.link().closed).toMatchObject({ code: 1002 });
  });

  test("a server that accepts is heard in order, also what has overtaken its answer", async () => {
    await using rig = serve((link) => {
      for (const count of [1, 2]) link.send(partnersFrame(count));
      link.send(authResponseFrame());
      link.send(partnersFrame(3));
    });
    const { trunk } = await rig.open();
    await until("all", () => rig.heard.length === 3);
    expect(rig.heard).toEqual([1, 2, 3].map((count) => ({ type: "partners", count })));
    expect(rig.trunks).toEqual(new Set([trunk]));
  });

  test("a server that accepts shows by every message that it lives, and by an answer how far away it is", async () => {
    let time = 0;
    await using rig = serve((link) => link.send(authResponseFrame()));
    const { alive } = await rig.open({ now: () => time });
    await until("the answer to the first ping", () => alive.roundTripMs !== undefined);
    time = 1_000;
    expect(alive.silentMs).toBe(1_000);
    rig.link().send(logFrame("info", "hello"));
    await until("a message", () => rig.heard.length === 1);
    expect(alive.silentMs).toBe(0);
  });

  test("a server that accepts is lost for its channels first, and then told of, once", async () => {
    await using rig = serve((link) => link.send(authResponseFrame()));
    const { trunk } = await rig.open();
    trunk.add(newUuid(), { receive: () => undefined, onLinkLost: () => void rig.ends.push("channel") });
    rig.link().close();
    await until("the end", () => rig.ends.length === 2);
    expect(rig.ends).toEqual(["channel", expect.stringMatching(/./)]);
  });

  test("a server that accepts and then cannot be understood is left", async () => {
    await using rig = serve((link) => link.send(authResponseFrame()));
    await rig.open();
    rig.link().send(frame(0x04, [1]));
    expect(await rig.link().closed).toMatchObject({ code: 1002 });
    await until("the end", () => rig.ends.length === 1);
  });
});

describe("a server that refuses", () => {
  test.each(["invalid token", ""])("a server that refuses does so in its own words: %p", async (words) => {
    await using rig = serve((link) => link.send(authResponseFrame(words)));
    const error = await errorOf(rig.open());
    expect(error).toBeInstanceOf(AuthenticationRefused);
    expect(error.message).toBe(words);
    expect(await rig.link().closed).toMatchObject({ code: 1000 });
    expect(rig.ends).toEqual([]);
  });

  test("a server that refuses cannot change its mind: nothing that follows is heard", async () => {
    await using rig = serve((link) => {
      link.send(partnersFrame(1));
      link.send(authResponseFrame("invalid token"));
      link.send(authResponseFrame());
      link.send(partnersFrame(2));
    });
    await errorOf(rig.open());
    await rig.link().closed;
    await turn();
    expect([rig.heard, rig.ends]).toEqual([[], []]);
  });
});

describe("a server that does not answer", () => {
  test("a server that does not answer is left after 15 s", async () => {
    jest.useFakeTimers();
    await using rig = serve(() => undefined);
    const failing = errorOf(rig.open({ authentication: AUTHENTICATION }));
    while (rig.links[0]?.received.length !== 1) await turn();
    jest.advanceTimersByTime(ANSWER_MS - 1);
    await turn();
    expect(rig.link().isClosed()).toBe(false);
    jest.advanceTimersByTime(1);
    expect((await failing).message).toBe(SILENT_ANSWER);
    expect(await rig.link().closed).toMatchObject({ code: 1000 });
  });

  test("a server that does not answer is left at once where it is not wanted any more", async () => {
    await using rig = serve(() => undefined);
    const failing = errorOf(rig.open({ authentication: AUTHENTICATION }));
    await until("the question", () => rig.links[0]?.received.length === 1);
    rig.giveUp();
    expect((await failing).message).toBe("given up");
    expect(await rig.link().closed).toMatchObject({ code: 1000 });
    expect(rig.ends).toEqual([]);
  });

  test("a server that does not answer has all the time of the world once it has answered", async () => {
    jest.useFakeTimers();
    await using rig = serve((link) => link.send(authResponseFrame()));
    await rig.open();
    jest.advanceTimersByTime(ANSWER_MS);
    await turn();
    expect([rig.link().isClosed(), rig.ends]).toEqual([false, []]);
  });

  test("a server that does not answer is left where it says too much else", async () => {
    await using rig = serve((link) => {
      for (let count = 0; count <= 1_000; count += 1) link.send(partnersFrame(count));
    });
    expect((await errorOf(rig.open())).message).toBe("the server sends much and does not answer");
    await rig.link().closed;
    expect(rig.heard).toEqual([]);
  });

  test("a server that does not answer is left where it sends megabytes, and none of them is kept", async () => {
    await using rig = serve((link) => {
      for (let count = 0; count < 3; count += 1) link.send(new Uint8Array(1024 * 1024).fill(1));
    });
    expect((await errorOf(rig.open())).message).not.toBe(SILENT_ANSWER);
    await rig.link().closed;
    expect(rig.heard).toEqual([]);
  });

  test("a server that does not answer but goes is told of with the reason", async () => {
    await using rig = serve((link) => link.close());
    expect((await errorOf(rig.open())).message).not.toBe("");
    expect(rig.ends).toEqual([]);
  });
});

interface Rig extends AsyncDisposable {
  readonly links: readonly RawLink[];
  link(): RawLink;
  readonly heard: readonly TrunkMessage[];
  readonly trunks: ReadonlySet<unknown>;
  readonly ends: string[];
  giveUp(): void;
  open(options?: Partial<TrunkOptions>): Promise<OpenTrunk>;
}

function serve(greet: (link: RawLink) => void): Rig {
  const links: RawLink[] = [];
  const server: RawServer = startRawServer({
    onLink(link) {
      links.push(link);
      greet(link);
    },
  });
  const heard: TrunkMessage[] = [];
  const trunks = new Set<unknown>();
  const ends: string[] = [];
  const giving = new AbortController();
  return {
    links,
    link() {
      const [link] = links;
      if (link === undefined) throw new Error("nobody has connected");
      return link;
    },
    heard,
    trunks,
    ends,
    giveUp: () => giving.abort(),
    open: (options = {}) =>
      openTrunk({
        link: {
          part: "client",
          url: `${server.url}/socket`,
          headers: {},
          certificateAuthority: undefined,
          proxy: undefined,
          milliseconds: 10_000,
          signal: giving.signal,
        },
        authentication: undefined,
        now: () => performance.now(),
        onMessage(trunk, message) {
          trunks.add(trunk);
          heard.push(message);
        },
        onClose: (reason) => void ends.push(reason),
        ...options,
      }),
    async [Symbol.asyncDispose]() {
      giving.abort();
      for (const link of links) link.close();
      await server[Symbol.asyncDispose]();
    },
  };
}
