import { afterEach, expect, jest, test } from "bun:test";
import { createWeigher } from "../../../src/tunnels/health/weigh.ts";
import { watchLink } from "../../../src/tunnels/linksocks/link-vitals.ts";
import { advance } from "../../rig/event-loop.ts";
import { createFakeLink } from "./fake-link.ts";

const EPOCH = 1_767_225_600_000;

afterEach(() => void jest.useRealTimers());

test("a server that is heard is heard once", async () => {
  const { link, signs } = create();
  link.connect();
  expect(await signs()).toEqual(["heard"]);
  link.become({ silentMs: 1_000 });
  await advance(1_000);
  expect(await signs()).toEqual([]);
  link.become({ silentMs: 0 });
  expect(await signs()).toEqual(["heard"]);
});

test("the counters are what was carried, and when the server was last heard, also once it is lost", async () => {
  const { link, observe } = create();
  expect((await observe()).counters).toMatchObject({ sent: 0, received: 0, handshakeAt: null, endpoint: null });
  link.connect();
  link.become({ sentBytes: 10, receivedBytes: 20, silentMs: 500 });
  const last = EPOCH - 500;
  expect((await observe()).counters).toMatchObject({ sent: 10, received: 20, handshakeAt: last });
  link.become({ connected: 0, silentMs: undefined });
  expect((await observe()).counters).toMatchObject({ handshakeAt: last });
});

test("without a connection it counts as a handshake without answer, and as one more every 5 s, with the reason", async () => {
  const { link, observe, signs } = create();
  link.become({ lastFailure: "connection refused" });
  expect((await observe()).signs).toMatchObject([{ sign: "lost", detail: "connection refused" }]);
  await advance(1_000);
  expect(await signs()).toEqual([]);
  await advance(4_000);
  expect(await signs()).toEqual(["lost"]);
  link.connect();
  expect(await signs()).toEqual(["heard"]);
  link.become({ connected: 0, silentMs: undefined });
  expect(await signs()).toEqual(["lost"]);
});

test("a loss outweighs what was received before it within the same look", async () => {
  const { link, observe } = create();
  const weigher = createWeigher();
  const look = async () => {
    weigher.observe(await observe(), performance.now());
    return weigher.verdict({ alive: true, accepting: true, hasRoute: () => true, probe: null }, performance.now())
      .health;
  };
  link.connect();
  link.become({ sentBytes: 10, receivedBytes: 20, silentMs: 0 });
  expect(await look()).toBe("healthy");
  link.become({ connected: 0, receivedBytes: 5_000, silentMs: undefined });
  expect(await look()).toBe("degraded");
});

test("it is asked where data went out and nothing came back, or after a silence that is odd; otherwise left alone", async () => {
  const { link, signs } = create();
  link.connect();
  link.become({ sentBytes: 1_000, silentMs: 2_000 });
  await signs();
  link.become({ silentMs: 10_000 });
  await signs();
  expect(link.pings).toBe(0);
  link.become({ sentBytes: 2_000, silentMs: 4_000 });
  await signs();
  expect(link.pings).toBe(1);
  link.become({ silentMs: 46_000 });
  await signs();
  expect(link.pings).toBe(2);
});

test("a ping without answer is a handshake without answer", async () => {
  const { link, observe } = create();
  link.connect();
  await observe();
  link.become({ silentMs: 46_000 });
  link.pingWith(() => Promise.reject(new Error("too late")));
  await advance(46_000);
  expect((await observe()).signs).toMatchObject([{ sign: "lost", detail: "nothing came for a ping" }]);
});

test("an upload of a minute without a byte of its target is healthy, as long as the server answers pings", async () => {
  const { link, observe } = create();
  link.connect();
  link.pingWith(async () => {
    link.become({ silentMs: 0 });
    return 1;
  });
  const weigher = createWeigher(() => EPOCH);
  const words: string[] = [];
  let silentMs = 0;
  for (let second = 0; second < 60; second += 4) {
    silentMs += 4_000;
    link.become({ sentBytes: second * 1_000_000 + 1, silentMs });
    await advance(4_000);
    weigher.observe(await observe(), performance.now());
    silentMs = link.status().silentMs ?? 0;
    words.push(
      weigher.verdict({ alive: true, accepting: true, hasRoute: () => true, probe: null }, performance.now()).health,
    );
  }
  expect(new Set(words)).toEqual(new Set(["healthy"]));
});

test("a lost server is degraded at first, down within 15 s, with its reason, and healthy when it is back", async () => {
  const { link, observe } = create();
  const weigher = createWeigher(() => EPOCH);
  const look = async () => {
    weigher.observe(await observe(), performance.now());
    const facts = { alive: true, accepting: true, hasRoute: () => true, probe: null };
    const { health, reason } = weigher.verdict(facts, performance.now());
    return [health, reason];
  };
  link.connect();
  expect(await look()).toEqual(["healthy", "its peer answers"]);
  link.become({ connected: 0, silentMs: undefined, lastFailure: "connection refused" });
  expect(await look()).toEqual(["degraded", "the peer has not answered a handshake: connection refused"]);
  for (let second = 0; second < 14; second++) {
    await advance(1_000);
    await look();
  }
  expect(await look()).toEqual(["down", "the peer has not answered 3 handshakes: connection refused"]);
  link.connect();
  expect(await look()).toEqual(["healthy", "its peer answers"]);
});

/** A watch on fake timers, and the signs of its next look. */
function create() {
  jest.useFakeTimers();
  const link = createFakeLink();
  const observe = watchLink(link, () => EPOCH);
  return { link, observe, signs: async () => (await observe()).signs.map(({ sign }) => sign) };
}
