import { expect, test } from "bun:test";
import type { DesiredEndpoint } from "../../../src/endpoints/endpoint.ts";
import { noteListing, planChanges, type WantedEndpoints } from "../../../src/endpoints/reconcile/plan.ts";
import { endpointOf as endpoint } from "./endpoint-of.ts";

const NONE: WantedEndpoints = new Map();

test("an endpoint that is new is added, and one that is served is kept", () => {
  const wanted = noteListing(NONE, [endpoint("tcp://a:1"), endpoint("tcp://b:2")], "ngrok");
  const { add, keep, remove } = planChanges(["tcp://a:1"], [wanted]);
  expect([urls(add), urls(keep), remove]).toEqual([["tcp://b:2"], ["tcp://a:1"], []]);
});

test("an endpoint that one listing of ngrok misses is wanted on, and one that two in a row miss is removed", () => {
  const first = noteListing(NONE, [endpoint("tcp://a:1")], "ngrok");
  const second = noteListing(first, [], "ngrok");
  expect(planChanges(["tcp://a:1"], [second]).remove).toEqual([]);
  const third = noteListing(second, [], "ngrok");
  expect(planChanges(["tcp://a:1"], [third]).remove).toEqual(["tcp://a:1"]);
});

test("a listing that has the endpoint again begins the count of those that miss it anew", () => {
  const listed = [endpoint("tcp://a:1")];
  let wanted = noteListing(NONE, listed, "ngrok");
  for (const listing of [[], listed, []]) wanted = noteListing(wanted, listing, "ngrok");
  expect([...wanted.keys()]).toEqual(["tcp://a:1"]);
});

test("an endpoint that the settings no longer have is removed at once", () => {
  const wanted = noteListing(noteListing(NONE, [endpoint("tcp://a:1")], "static"), [], "static");
  expect(planChanges(["tcp://a:1"], [wanted]).remove).toEqual(["tcp://a:1"]);
});

test("another id under the same URL, as after an agent's restart, changes only what is known of the endpoint", () => {
  const first = noteListing(NONE, [endpoint("tcp://a:1", "ep_1")], "ngrok");
  const { add, keep, remove } = planChanges(
    ["tcp://a:1"],
    [noteListing(first, [endpoint("tcp://a:1", "ep_2")], "ngrok")],
  );
  expect([add, remove, keep.map(({ ids }) => ids)]).toEqual([[], [], [["ep_2"]]]);
});

test("two ids with one URL make one endpoint, which stays when one of them leaves", () => {
  const pool = noteListing(NONE, [endpoint("tcp://a:1", "ep_2"), endpoint("tcp://a:1", "ep_1")], "ngrok");
  expect(planChanges([], [pool]).add.map(({ ids }) => ids)).toEqual([["ep_1", "ep_2"]]);
  const one = noteListing(pool, [endpoint("tcp://a:1", "ep_2")], "ngrok");
  const { add, keep, remove } = planChanges(["tcp://a:1"], [one]);
  expect([add, remove, keep.map(({ ids }) => ids)]).toEqual([[], [], [["ep_2"]]]);
});

test("another URL under the same id is another endpoint", () => {
  const first = noteListing(NONE, [endpoint("tcp://a:1", "ep_1")], "ngrok");
  const second = noteListing(first, [endpoint("tcp://a:2", "ep_1")], "ngrok");
  expect(urls(planChanges(["tcp://a:1"], [second]).add)).toEqual(["tcp://a:2"]);
  const third = noteListing(second, [endpoint("tcp://a:2", "ep_1")], "ngrok");
  expect(planChanges(["tcp://a:1", "tcp://a:2"], [third]).remove).toEqual(["tcp://a:1"]);
});

test("the order in which a source lists endpoints changes nothing, and plain TCP comes last", () => {
  const listed = [endpoint("tcp://a:1"), endpoint("http://c:80"), endpoint("tls://b:443"), endpoint("tcp://b:1")];
  for (const listing of [listed, listed.toReversed()]) {
    const { add } = planChanges([], [noteListing(NONE, listing, "ngrok")]);
    expect(urls(add)).toEqual(["http://c:80", "tls://b:443", "tcp://a:1", "tcp://b:1"]);
  }
});

test("of two sources that want one URL the first has it, and the other once the first wants it no more", () => {
  const own = noteListing(NONE, [endpoint("tcp://a:1", "own")], "static");
  const other = noteListing(NONE, [endpoint("tcp://a:1", "other")], "ngrok");
  expect(planChanges([], [own, other]).add.map(({ ids }) => ids)).toEqual([["own"]]);
  expect(planChanges([], [NONE, other]).add.map(({ ids }) => ids)).toEqual([["other"]]);
});

function urls(endpoints: readonly DesiredEndpoint[]): readonly string[] {
  return endpoints.map(({ url }) => url);
}
