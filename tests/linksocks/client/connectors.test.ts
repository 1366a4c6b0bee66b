import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { createTrunk, type Trunk } from "../../../src/linksocks/channel/trunk.ts";
import { createTrunkPool } from "../../../src/linksocks/channel/trunk-pool.ts";
import { createConnectors } from "../../../src/linksocks/client/connectors.ts";
import { settled, turn } from "../../rig/event-loop.ts";
import { errorOf } from "../../rig/rejection.ts";
import { createFakeLink } from "../fake-link.ts";

const RESPONSE_MS = 10_000;
const EXISTS = "connector token already exists";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe("adding", () => {
  test("adding a connector token asks the server and gives the token that it answers with", async () => {
    const { connectors, trunk, asked, answer } = createRig();
    const adding = connectors.add(trunk, "c1");
    expect(asked()).toEqual(["add c1"]);
    answer({ token: "c1" });
    expect(await adding).toBe("c1");
  });

  test.each([
    ["a token that the server makes up", "", "made-up", "made-up"],
    ["the token that was asked for, where the answer names none", "c1", "", "c1"],
  ])("adding a connector token gives %s", async (_, wanted, answered, given) => {
    const { connectors, trunk, answer } = createRig();
    const adding = connectors.add(trunk, wanted);
    answer({ token: answered });
    expect(await adding).toBe(given);
  });

  test("adding a connector token fails with the server's words where it refuses", async () => {
    const { connectors, trunk, asked, answer } = createRig();
    const adding = errorOf(connectors.add(trunk, "c1"));
    answer({ error: "Unauthorized connector management attempt" });
    expect(await adding).toMatchObject({
      code: "start-failed",
      message: "the server refused the connector token: Unauthorized connector management attempt",
    });
    expect(asked()).toEqual(["add c1"]);
  });

  test("adding a connector token removes a token that a Go server still remembers, and tries once more", async () => {
    const { connectors, trunk, asked, answer } = createRig();
    const adding = connectors.add(trunk, "c1");
    answer({ error: EXISTS });
    await turn();
    answer({});
    await turn();
    expect(asked()).toEqual(["add c1", "remove c1", "add c1"]);
    answer({ token: "c1" });
    expect(await adding).toBe("c1");
  });

  test("adding a connector token does so once: who has the token now may keep it", async () => {
    const { connectors, trunk, asked, answer } = createRig();
    const adding = errorOf(connectors.add(trunk, "c1"));
    for (const error of [EXISTS, "no", EXISTS]) {
      answer({ error });
      await turn();
    }
    expect((await adding).message).toBe(`the server refused the connector token: ${EXISTS}`);
    expect(asked()).toEqual(["add c1", "remove c1", "add c1"]);
  });

  test("adding a connector token that is too long for a message fails at once, and leaves no timer behind", async () => {
    const { connectors, trunk } = createRig();
    expect((await errorOf(connectors.add(trunk, "x".repeat(256)))).message).toContain("255 bytes");
    expect(jest.getTimerCount()).toBe(0);
  });

  test("adding a connector token fails after 10 s without an answer, and one that comes later is not heard", async () => {
    const { connectors, trunk, answer, reconnect } = createRig();
    const adding = errorOf(connectors.add(trunk, "c1"));
    jest.advanceTimersByTime(RESPONSE_MS - 1);
    expect(await settled(adding)).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await adding).toMatchObject({ code: "timed-out" });
    answer({ token: "c1" });
    await reconnect(trunk);
  });

  test("adding a connector token: several at a time each get their own answer, in whatever order", async () => {
    const { connectors, trunk, answer } = createRig();
    const adding = [connectors.add(trunk, ""), connectors.add(trunk, "")];
    answer({ token: "second" }, 1);
    answer({ token: "first" }, 0);
    expect(await Promise.all(adding)).toEqual(["first", "second"]);
  });

  test("adding a connector token is not troubled by an answer that nobody asked for", () => {
    const { connectors } = createRig();
    connectors.receive({ type: "connector-response", request: "x".repeat(16), success: true, error: "", token: "" });
  });
});

describe("removing", () => {
  test("removing a connector token asks the server", async () => {
    const { connectors, trunk, asked, answer } = createRig();
    const removing = connectors.remove(trunk, "c1");
    expect(asked()).toEqual(["remove c1"]);
    answer({});
    await removing;
  });

  test("removing a connector token fails with the server's words where it refuses", async () => {
    const { connectors, trunk, answer } = createRig();
    const removing = errorOf(connectors.remove(trunk, "c1"));
    answer({ error: "not yours" });
    expect((await removing).message).toBe("the server refused the connector token: not yours");
  });
});

describe("after a reconnect", () => {
  test("after a reconnect, all that were registered are so again, one after the other, by the names that they have", async () => {
    const { connectors, trunk, answer, reconnect } = createRig();
    const adding = [connectors.add(trunk, "c1"), connectors.add(trunk, "")];
    answer({ token: "c1" }, 0);
    answer({ token: "made-up" }, 1);
    await Promise.all(adding);
    const later = createPeer();
    const replaying = reconnect(later.trunk);
    await turn();
    expect(later.asked()).toEqual(["add c1"]);
    later.answerTo(connectors, { token: "c1" });
    await turn();
    expect(later.asked()).toEqual(["add c1", "add made-up"]);
    later.answerTo(connectors, { token: "made-up" });
    await replaying;
  });

  test("after a reconnect, those that were removed or refused are not", async () => {
    const { connectors, trunk, answer, asked, reconnect } = createRig();
    const adding = [connectors.add(trunk, "c1"), errorOf(connectors.add(trunk, "c2"))];
    answer({ token: "c1" }, 0);
    answer({ error: "no" }, 1);
    await Promise.all(adding);
    const removing = connectors.remove(trunk, "c1");
    answer({});
    await removing;
    const before = asked().length;
    await reconnect(trunk);
    expect(asked()).toHaveLength(before);
  });

  test("after a reconnect, a refusal is told", async () => {
    const { connectors, trunk, answer, reconnect, lines } = createRig();
    const adding = connectors.add(trunk, "c1");
    answer({});
    await adding;
    const replaying = reconnect(trunk);
    await turn();
    answer({ error: "no" });
    await replaying;
    expect(lines).toEqual([expect.stringMatching(/^error the server refused the connector token: no/)]);
  });
});

interface Answer {
  readonly token?: string;
  /** Why not; success without it. */
  readonly error?: string;
}

function createRig() {
  const lines: string[] = [];
  const pool = createTrunkPool();
  const connectors = createConnectors({
    pool,
    token: "",
    log: (level, text) => void lines.push(`${level} ${text}`),
    signal: new AbortController().signal,
  });
  const peer = createPeer();
  return {
    ...peer,
    connectors,
    lines,
    /** The only connection is lost, and this one comes in its place. */
    async reconnect(trunk: Trunk) {
      await connectors.register(trunk);
      pool.add(trunk);
      await connectors.register(trunk);
    },
    answer: (answer: Answer, index?: number) => peer.answerTo(connectors, answer, index),
  };
}

/** A server that answers as it is told to. */
function createPeer() {
  const link = createFakeLink();
  const requests = () => link.sent.flatMap((message) => (message.type === "connector" ? message : []));
  return {
    trunk: createTrunk(link),
    asked: () => requests().map(({ operation, token }) => `${operation} ${token}`),
    /** @param index which request; the last one if not said. */
    answerTo(connectors: ReturnType<typeof createConnectors>, { token = "", error = "" }: Answer, index = -1) {
      const request = requests().at(index)?.request ?? "";
      connectors.receive({ type: "connector-response", request, success: error === "", error, token });
    },
  };
}
