import { expect, test } from "bun:test";
import type { EndpointSource, Listing } from "../../../src/endpoints/endpoint.ts";
import { startPolling } from "../../../src/endpoints/reconcile/polling.ts";
import { until } from "../../rig/until.ts";

const NOTHING: Listing = { endpoints: [], unreadable: [] };

test("a source is asked at once, and again after the rest that it wants", async () => {
  let asked = 0;
  const polling = startPolling({
    source: sourceOf(() => {
      asked += 1;
      return Promise.resolve(NOTHING);
    }, 1),
    apply: () => Promise.resolve(),
    onFailure: () => undefined,
  });
  await until("three polls", () => asked >= 3);
  await polling.stop();
});

test("a failure is told, and the source is asked again", async () => {
  const told: string[] = [];
  let asked = 0;
  let applied = 0;
  const polling = startPolling({
    source: sourceOf(() => {
      asked += 1;
      return asked === 1 ? Promise.reject(new Error("no answer")) : Promise.resolve(NOTHING);
    }, 1),
    async apply() {
      applied += 1;
    },
    onFailure: (error) => told.push(String(error)),
  });
  await until("a poll that succeeds", () => applied >= 1);
  await polling.stop();
  expect(told).toEqual(["Error: no answer"]);
});

test("a source that is asked for once more while it answers is never asked twice at once", async () => {
  let under = 0;
  let most = 0;
  let asked = 0;
  const polling = startPolling({
    source: sourceOf(async () => {
      asked += 1;
      under += 1;
      most = Math.max(most, under);
      await Bun.sleep(1);
      under -= 1;
      return NOTHING;
    }, undefined),
    apply: () => Promise.resolve(),
    onFailure: () => undefined,
  });
  await Promise.all([polling.poll(), polling.poll()]);
  await polling.stop();
  expect([most, asked]).toEqual([1, 3]);
});

test("a source is not asked any more once polling has stopped", async () => {
  let asked = 0;
  const polling = startPolling({
    source: sourceOf(() => {
      asked += 1;
      return Promise.resolve(NOTHING);
    }, 1),
    apply: () => Promise.resolve(),
    onFailure: () => undefined,
  });
  await polling.stop();
  const atTheEnd = asked;
  await polling.poll();
  expect(asked).toBe(atTheEnd);
});

function sourceOf(list: EndpointSource["list"], rest: number | undefined): EndpointSource {
  return {
    name: "static",
    list,
    restMs: () => rest,
    status: () => ({
      state: "ok",
      registered: false,
      operatorId: null,
      ingress: null,
      certNotAfter: null,
      lastRenewalError: null,
      lastPoll: null,
      lastPollError: null,
    }),
    stop: () => Promise.resolve(),
  };
}
