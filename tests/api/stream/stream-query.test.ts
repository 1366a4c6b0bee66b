import { expect, test } from "bun:test";
import { isWanted, readStreamQuery } from "../../../src/api/stream/stream-query.ts";
import { openRaw } from "./raw-client.ts";
import { cleared, RUNNING } from "./sample-events.ts";
import { openStream } from "./stream-rig.ts";

const ask = (query: string) => readStreamQuery(`http://localhost:8765/${query}`);

test.each([
  ["", { snapshot: false }],
  ["path", { snapshot: false }],
  ["?", { snapshot: false }],
  ["?since=0", { snapshot: false, since: 0 }],
  ["?since=9007199254740991&snapshot=1", { snapshot: true, since: Number.MAX_SAFE_INTEGER }],
  ["?snapshot=0", { snapshot: false }],
  ["?account=7001", { snapshot: false, account: 7001 }],
  ["?account=-3", { snapshot: false, account: -3 }],
  ["?types=lockout_set", { snapshot: false, types: new Set(["lockout_set"]) }],
  [
    "?types=lockout_set,MarketQuote%2cmy.own-type",
    { snapshot: false, types: new Set(["lockout_set", "MarketQuote", "my.own-type"]) },
  ],
])("%p is a query", (query, expected) => {
  expect(ask(query)).toEqual(expected);
});

test.each([
  ["?since=", '"since" has to be'],
  ["?since=-1", '"since" has to be'],
  ["?since=1.5", '"since" has to be'],
  ["?since=1e3", '"since" has to be'],
  ["?since=9007199254740992", '"since" has to be'],
  ["?snapshot=yes", '"snapshot" has to be'],
  ["?snapshot", '"snapshot" has to be'],
  ["?account=me", '"account" has to be'],
  ["?account=", '"account" has to be'],
  ["?types=", '"types" has to be'],
  ["?types=a,,b", '"types" has to be'],
  ["?types=<b>", '"types" has to be'],
  [`?types=${"a,".repeat(64)}a`, '"types" has more than 64'],
  ["?acount=1", "unknown; there are since, snapshot, account and types"],
  ["?since=1&since=2", "more than once"],
  ["?__proto__=1", "unknown"],
])("%p is refused with a sentence", (query, sentence) => {
  expect(ask(query)).toEqual({ reason: expect.stringContaining(sentence) });
});

test("the sentence is the answer's body", async () => {
  await using stream = openStream();
  const answer = await fetch(`http://127.0.0.1:${stream.port}/?types=`, { headers: { Upgrade: "websocket" } });
  expect([answer.status, await answer.text()]).toEqual([
    400,
    '"types" has to be names of event types with commas between them\n',
  ]);
  using client = await openRaw(stream.port, { target: "/?account=1,2" });
  expect(client.status).toBe(400);
});

test("the account's own events and those of nobody are wanted, and of these the types that were asked for", () => {
  const wanted = (query: object) =>
    [cleared(1), cleared(2), RUNNING].map((event) => isWanted({ snapshot: false, ...query }, { seq: 1, ...event }));
  expect(wanted({})).toEqual([true, true, true]);
  expect(wanted({ account: 1 })).toEqual([true, false, true]);
  expect(wanted({ types: new Set(["lockout_cleared"]) })).toEqual([true, true, false]);
  expect(wanted({ account: 2, types: new Set(["daemon_status"]) })).toEqual([false, false, true]);
});
