import { expect, test } from "bun:test";
import type { DesiredEndpoint } from "../../../src/endpoints/endpoint.ts";
import { planChanges } from "../../../src/endpoints/reconcile/plan.ts";

test("an endpoint that is new is added, and one that stands is neither added nor removed", () => {
  const first = planChanges(new Map(), [endpoint("tcp://a:1")]);
  expect(first.add.map(({ url }) => url)).toEqual(["tcp://a:1"]);
  const second = planChanges(first.standing, [endpoint("tcp://a:1"), endpoint("tcp://b:2")]);
  expect([second.add.map(({ url }) => url), second.remove]).toEqual([["tcp://b:2"], []]);
});

test("an endpoint that one poll misses is served on, and one that two polls in a row miss is removed", () => {
  const first = planChanges(new Map(), [endpoint("tcp://a:1")]);
  const second = planChanges(first.standing, []);
  expect([second.remove, [...second.standing.keys()]]).toEqual([[], ["tcp://a:1"]]);
  const third = planChanges(second.standing, []);
  expect([third.remove.map(({ url }) => url), third.standing.size]).toEqual([["tcp://a:1"], 0]);
});

test("a poll that sees the endpoint again begins the count of missed polls anew", () => {
  const listed = [endpoint("tcp://a:1")];
  let standing = planChanges(new Map(), listed).standing;
  for (const desired of [[], listed, []]) standing = planChanges(standing, desired).standing;
  expect([...standing.keys()]).toEqual(["tcp://a:1"]);
});

test("another id under the same URL, as after an agent's restart, changes only what is known of the endpoint", () => {
  const first = planChanges(new Map(), [endpoint("tcp://a:1", "ep_1")]);
  const second = planChanges(first.standing, [endpoint("tcp://a:1", "ep_2")]);
  expect([second.add, second.remove]).toEqual([[], []]);
  expect(second.standing.get("tcp://a:1")?.endpoint.ids).toEqual(["ep_2"]);
});

test("two ids with one URL make one endpoint, which stays when one of them leaves", () => {
  const first = planChanges(new Map(), [endpoint("tcp://a:1", "ep_2"), endpoint("tcp://a:1", "ep_1")]);
  expect(first.add.map(({ ids }) => ids)).toEqual([["ep_1", "ep_2"]]);
  const second = planChanges(first.standing, [endpoint("tcp://a:1", "ep_2")]);
  expect([second.add, second.remove]).toEqual([[], []]);
});

test("another URL under the same id is another endpoint", () => {
  let plan = planChanges(new Map(), [endpoint("tcp://a:1", "ep_1")]);
  plan = planChanges(plan.standing, [endpoint("tcp://a:2", "ep_1")]);
  expect(plan.add.map(({ url }) => url)).toEqual(["tcp://a:2"]);
  plan = planChanges(plan.standing, [endpoint("tcp://a:2", "ep_1")]);
  expect(plan.remove.map(({ url }) => url)).toEqual(["tcp://a:1"]);
});

test("the order in which a source lists endpoints changes nothing, and plain TCP comes last", () => {
  const listed = [endpoint("tcp://a:1"), endpoint("http://c:80"), endpoint("tls://b:443"), endpoint("tcp://b:1", "2")];
  const urls = ["http://c:80", "tls://b:443", "tcp://a:1", "tcp://b:1"];
  for (const desired of [listed, listed.toReversed()]) {
    expect(planChanges(new Map(), desired).add.map(({ url }) => url)).toEqual(urls);
  }
});

function endpoint(url: string, id = "ep_1"): DesiredEndpoint {
  const [, protocol = "", hostname = "", port = ""] = /^(\w+):\/\/([^:]+):(\d+)$/.exec(url) ?? [];
  if (protocol !== "http" && protocol !== "tls" && protocol !== "tcp")
    throw new Error(`not a URL of this test: ${url}`);
  return {
    url,
    protocol,
    hostname,
    port: Number(port),
    ids: [id],
    dial: () => Promise.reject(new Error("not dialled")),
  };
}
