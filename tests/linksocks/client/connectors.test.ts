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

describe("registering", () => {
  test("a connector token is registered by asking the server", async () => {
    const { connectors, trunk, asked, answer, lines } = createRig();
    const registering = connectors.register(trunk);
    await turn();
    expect(asked()).toEqual(["add c1"]);
    answer({});
    await registering;
    expect(lines).toEqual(["info the connector token is registered"]);
  });

  test("a provider without a connector token asks for nothing", async () => {
    const { connectors, trunk, asked } = createRig("");
    await connectors.register(trunk);
    expect(asked()).toEqual([]);
  });

  test("registering a connector token fails with the server's words where it refuses", async () => {
    const { connectors, trunk, asked, answer } = createRig();
    const registering = errorOf(connectors.register(trunk));
    await turn();
    answer({ error: "Unauthorized connector management attempt" });
    expect(await registering).toMatchObject({
      code: "start-failed",
      message: "the server refused the connector token: Unauthorized connector management attempt",
    });
    expect(asked()).toEqual(["add c1"]);
  });

  test("registering removes a connector token that a Go server still remembers, and tries once more", async () => {
    const { connectors, trunk, asked, answer } = createRig();
    const registering = connectors.register(trunk);
    for (const answered of [{ error: EXISTS }, {}, {}]) {
      await turn();
      answer(answered);
    }
    await registering;
    expect(asked()).toEqual(["add c1", "remove c1", "add c1"]);
  });

  test("registering a connector token does so once: who has the token now may keep it", async () => {
    const { connectors, trunk, asked, answer } = createRig();
    const registering = errorOf(connectors.register(trunk));
    for (const error of [EXISTS, "no", EXISTS]) {
      await turn();
      answer({ error });
    }
    expect((await registering).message).toBe(`the server refused the connector token: ${EXISTS}`);
    expect(asked()).toEqual(["add c1", "remove c1", "add c1"]);
  });

  test("a connector token that is too long for a message is refused at once, and leaves no timer behind", async () => {
    const { connectors, trunk } = createRig("x".repeat(256));
    expect((await errorOf(connectors.register(trunk))).message).toContain("255 bytes");
    expect(jest.getTimerCount()).toBe(0);
  });

  test("registering fails after 10 s without an answer, and one that comes later is not heard", async () => {
    const { connectors, trunk, answer } = createRig();
    const registering = errorOf(connectors.register(trunk));
    await turn();
    jest.advanceTimersByTime(RESPONSE_MS - 1);
    expect(await settled(registering)).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await registering).toMatchObject({ code: "timed-out" });
    answer({});
  });

  test("an answer that nobody asked for troubles no provider", () => {
    const { connectors } = createRig();
    connectors.receive({ type: "connector-response", request: "x".repeat(16), success: true, error: "", token: "" });
  });
});

describe("after a reconnect", () => {
  test("after a reconnect, the token is registered again", async () => {
    const { connectors, registered, reconnect } = createRig();
    await registered();
    const later = createPeer();
    const again = reconnect(later.trunk);
    await turn();
    expect(later.asked()).toEqual(["add c1"]);
    later.answerTo(connectors, {});
    await again;
  });

  test("a further connection beside the first registers nothing", async () => {
    const { connectors, registered, pool } = createRig();
    await registered();
    const other = createPeer();
    pool.add(other.trunk);
    await connectors.register(other.trunk);
    expect(other.asked()).toEqual([]);
  });

  test("after a reconnect, a refusal is told", async () => {
    const { connectors, registered, reconnect, lines } = createRig();
    await registered();
    const later = createPeer();
    const again = reconnect(later.trunk);
    await turn();
    later.answerTo(connectors, { error: "no" });
    await again;
    expect(lines.at(-1)).toMatch(/^error the server refused the connector token: no/);
  });
});

interface Answer {
  /** Why not; success without it. */
  readonly error?: string;
}

/** A provider with one connection. */
function createRig(token = "c1") {
  const lines: string[] = [];
  const pool = createTrunkPool();
  const connectors = createConnectors({
    pool,
    token,
    log: (level, text) => void lines.push(`${level} ${text}`),
    signal: new AbortController().signal,
  });
  const peer = createPeer();
  pool.add(peer.trunk);
  const answer = (given: Answer) => peer.answerTo(connectors, given);
  return {
    ...peer,
    pool,
    connectors,
    lines,
    answer,
    /** Resolves once the server has taken the token. */
    async registered() {
      const registering = connectors.register(peer.trunk);
      await turn();
      answer({});
      await registering;
    },
    /** The only connection is lost, and this one comes in its place. */
    async reconnect(trunk: Trunk) {
      pool.remove(peer.trunk);
      pool.add(trunk);
      await connectors.register(trunk);
    },
  };
}

/** A server that answers as it is told to. */
function createPeer() {
  const link = createFakeLink();
  const requests = () => link.sent.flatMap((message) => (message.type === "connector" ? message : []));
  return {
    trunk: createTrunk(link),
    asked: () => requests().map(({ operation, token }) => `${operation} ${token}`),
    /** Answers the last request. */
    answerTo(connectors: ReturnType<typeof createConnectors>, { error = "" }: Answer) {
      const request = requests().at(-1)?.request ?? "";
      connectors.receive({ type: "connector-response", request, success: error === "", error, token: "c1" });
    },
  };
}
