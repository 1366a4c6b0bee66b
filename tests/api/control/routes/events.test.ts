import { expect, test } from "bun:test";
import * as v from "valibot";
import { publishedSchema } from "../../../../src/api/control/schemas.ts";
import { errorSchema } from "../../../../src/api/http/envelope.ts";
import { Failure } from "../../../../src/platform/failure.ts";
import { makeEvent } from "../../fake-feed.ts";
import { openControl } from "../control-rig.ts";
import { parseMetrics } from "../metrics-format.ts";

test("one event is published, and its number comes back", async () => {
  using control = openControl();
  const answer = await control.post("/v1/events", makeEvent(1));
  expect([answer.status, await answer.json()]).toEqual([
    200,
    { ok: true, data: { accepted: 1, results: [{ seq: 1 }] } },
  ]);
  expect(control.feed.kept).toEqual([{ ...makeEvent(1), seq: 1 }]);
});

test("of a batch each event is judged by itself, and rejects are named by index", async () => {
  using control = openControl();
  const answer = await control.post("/v1/events", [makeEvent(1), 5, makeEvent(2), null]);
  const error = expect.any(String);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    ok: true,
    data: { accepted: 2, results: [{ seq: 1 }, { index: 1, error }, { seq: 2 }, { index: 3, error }] },
  });
  expect(control.feed.kept.map(({ data }) => data["n"])).toEqual([1, 2]);
});

test.each([
  [[], 0],
  ["text", 1],
  [[[makeEvent(1)]], 1],
])("JSON that is no event is no fault of the request: %j", async (body, rejected) => {
  using control = openControl();
  const answer = await control.post("/v1/events", body);
  expect(answer.status).toBe(200);
  const { accepted, results } = await readPublished(answer);
  expect([accepted, results.length]).toEqual([0, rejected]);
});

test("a body that is no JSON is 400, and none is, too", async () => {
  using control = openControl();
  const send = async (body?: string) => {
    const answer = await control.ask("POST", "/v1/events", body === undefined ? {} : { body });
    return [answer.status, (await readError(answer)).code];
  };
  expect(await send('{"type":')).toEqual([400, "malformed-json"]);
  expect(await send()).toEqual([400, "empty-body"]);
  expect(control.feed.keys).toEqual([]);
});

test("1,000 events are taken at once, and 1,001 refused whole", async () => {
  using control = openControl();
  const events = Array.from({ length: 1_001 }, (_, n) => makeEvent(n));
  const refused = await control.post("/v1/events", events);
  expect([refused.status, await readError(refused)]).toEqual([
    413,
    { code: "batch-too-large", message: "1001 events are too many", hint: "send at most 1,000 at once" },
  ]);
  expect(control.feed.kept).toEqual([]);
  const taken = await control.post("/v1/events", events.slice(1));
  expect((await readPublished(taken)).accepted).toBe(1_000);
});

test("a quote that nobody was told of is accepted, and has no number", async () => {
  using control = openControl({
    publish: async () => [
      { accepted: true, seq: null },
      { accepted: true, seq: 7 },
    ],
  });
  const answer = await control.post("/v1/events", [makeEvent(1), makeEvent(2)]);
  expect(await readPublished(answer)).toEqual({ accepted: 2, results: [{ seq: null }, { seq: 7 }] });
});

test("more than 1 MiB is refused", async () => {
  using control = openControl();
  const answer = await control.post("/v1/events", makeEvent(1, { text: "x".repeat(1024 * 1024) }));
  expect([answer.status, (await readError(answer)).code]).toEqual([413, "body-too-large"]);
  expect(control.feed.kept).toEqual([]);
});

test("a repetition under the same key gives the first answer and changes nothing", async () => {
  using control = openControl();
  const publish = async (target: string, key?: string) => {
    const headers = key === undefined ? undefined : { "Idempotency-Key": key };
    const answer = await control.ask("POST", target, {
      body: JSON.stringify(makeEvent(1)),
      ...(headers === undefined ? {} : { headers }),
    });
    return (await readPublished(answer)).results;
  };
  expect(await publish("/v1/events", "a")).toEqual([{ seq: 1 }]);
  expect(await publish("/v1/events?key=a")).toEqual([{ seq: 1 }]);
  expect(await publish("/v1/events?key=other", "a")).toEqual([{ seq: 1 }]);
  expect(await publish("/v1/events?key=other")).toEqual([{ seq: 2 }]);
  expect(control.feed.keys).toEqual(["a", "a", "a", "other"]);
});

test("a key has 1 to 200 visible characters", async () => {
  using control = openControl();
  const statusOf = async (target: string, headers: Readonly<Record<string, string>> = {}) =>
    (await control.ask("POST", target, { body: "{}", headers })).status;
  expect(await statusOf("/v1/events", { "Idempotency-Key": "~".repeat(200) })).toBe(200);
  expect(await statusOf("/v1/events", { "Idempotency-Key": "~".repeat(201) })).toBe(400);
  expect(await statusOf("/v1/events", { "Idempotency-Key": "two words" })).toBe(400);
  for (const key of ["", "%20", "%C3%A4", "%0A"]) expect(await statusOf(`/v1/events?key=${key}`)).toBe(400);
  expect(control.feed.keys).toHaveLength(1);
});

test("a disk that does not take the events is told as what it is", async () => {
  using control = openControl({
    async publish() {
      throw new Failure("file-unusable", "the disk is full", { hint: "make room" });
    },
  });
  const answer = await control.post("/v1/events", makeEvent(1));
  expect([answer.status, await answer.json()]).toEqual([
    503,
    { ok: false, error: { code: "file-unusable", message: "the disk is full", hint: "make room" } },
  ]);
  expect(control.audited).toEqual([expect.stringMatching(/^ERROR .*the disk is full/)]);
});

test("what is published is counted, and no line of the audit log", async () => {
  using control = openControl();
  await control.post("/v1/events", [makeEvent(1), 5, makeEvent(2)]);
  await control.post("/v1/events", makeEvent(3));
  const { samples } = parseMetrics(await (await control.ask("GET", "/metrics")).text());
  expect(samples.get("wpdaemon_events_published_total")).toBe(3);
  expect(samples.get("wpdaemon_events_rejected_total")).toBe(1);
  expect(control.audited).toEqual([]);
});

async function readPublished(answer: Response) {
  return v.parse(v.object({ ok: v.literal(true), data: publishedSchema }), await answer.json()).data;
}

async function readError(answer: Response) {
  return v.parse(v.object({ ok: v.literal(false), error: errorSchema }), await answer.json()).error;
}
