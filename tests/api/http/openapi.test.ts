import { expect, test } from "bun:test";
import * as v from "valibot";
import { createRoutes } from "../../../src/api/control/routes/routes.ts";
import { describeRoutes } from "../../../src/api/http/openapi.ts";
import { createEventBus } from "../../../src/events/bus.ts";
import { fakeService, openControl } from "../control/control-rig.ts";

const operationSchema = v.object({
  operationId: v.string(),
  summary: v.pipe(v.string(), v.endsWith(".")),
  parameters: v.optional(
    v.array(
      v.object({
        name: v.string(),
        in: v.picklist(["path", "query", "header"]),
        required: v.boolean(),
        schema: v.record(v.string(), v.unknown()),
      }),
    ),
    [],
  ),
  requestBody: v.optional(v.object({ required: v.boolean(), content: v.record(v.string(), v.unknown()) })),
  responses: v.object({
    "200": v.object({
      description: v.string(),
      content: v.record(v.string(), v.object({ schema: v.record(v.string(), v.unknown()) })),
    }),
    default: v.object({ description: v.string(), content: v.record(v.string(), v.unknown()) }),
  }),
});

const documentSchema = v.object({
  openapi: v.literal("3.1.0"),
  info: v.object({ title: v.string(), version: v.string() }),
  "x-bounds": v.record(v.string(), v.record(v.string(), v.number())),
  paths: v.record(v.string(), v.record(v.picklist(["get", "post"]), operationSchema)),
});

test("every route that is served is described, and nothing else", async () => {
  using control = openControl();
  const document = await readDocument(control);
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = createRoutes(
    fakeService(createEventBus(), () => undefined),
    Date.now,
  );
  expect(described.toSorted()).toEqual(served.map(({ method, path }) => `${method} ${path}`).toSorted());
  expect(described).toHaveLength(new Set(described).size);
  for (const route of described) {
    const [method = "", path = ""] = route.split(" ");
    const { status } = await control.ask(method, path.replace("{name}", "us-east"), {
      signal: AbortSignal.timeout(5_000),
    });
    expect([route, [404, 405].includes(status) && path !== "/v1/logs"]).toEqual([route, false]);
  }
});

test("parameters, bodies and answers are described", async () => {
  using control = openControl();
  const { info, paths } = await readDocument(control);
  expect(info.version).toBe("9.8.7");
  const logs = paths["/v1/logs"]?.get;
  expect(logs?.parameters.find(({ name }) => name === "lines")).toEqual({
    name: "lines",
    in: "query",
    required: false,
    schema: { type: "string", pattern: "^\\d+$", description: "From 0 to 10,000.", default: "200" },
  });
  expect(JSON.stringify(paths["/v1/events"]?.get?.responses[200])).toContain("tunnel_health");
  expect(Object.keys(logs?.responses[200].content ?? {})).toEqual(["application/json", "text/plain"]);
  expect(paths["/v1/tunnels/{name}/up"]?.post?.parameters).toMatchObject([
    { name: "name", in: "path", required: true },
  ]);
  expect(paths["/v1/handover"]?.post?.requestBody?.required).toBe(true);
  expect(paths["/v1/stop"]?.post?.requestBody?.required).toBe(false);
  expect(paths["/v1/status"]?.get?.requestBody).toBeUndefined();
  const publish = paths["/v1/events"]?.post;
  expect(publish?.requestBody?.required).toBe(true);
  expect(publish?.parameters).toMatchObject([
    { name: "key", in: "query", required: false },
    { name: "idempotency-key", in: "header", required: false, schema: { pattern: "^[\\x21-\\x7e]{1,200}$" } },
  ]);
  expect(JSON.stringify(publish?.responses[200].content)).toContain(
    '"seq":{"anyOf":[{"type":"number"},{"type":"null"}]',
  );
  expect(paths["/v1/identity"]?.get?.responses[200].content["application/json"]?.schema).toMatchObject({
    properties: { ok: { const: true }, data: { type: "object", required: expect.arrayContaining(["instanceId"]) } },
    required: ["ok", "data"],
  });
  expect(paths["/list"]?.post?.responses[200].content["application/json"]?.schema).toHaveProperty("allOf");
});

test("operations have names of their own", () => {
  const service = fakeService(createEventBus(), () => undefined);
  const { paths } = v.parse(documentSchema, describeRoutes(createRoutes(service, Date.now), "1.0.0", {}));
  const names = Object.values(paths).flatMap((operations) => Object.values(operations).map((each) => each.operationId));
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain("postV1TunnelsNameUp");
});

test("the description has the bounds that clients can meet, of this API and of the event stream", async () => {
  using control = openControl();
  const { "x-bounds": bounds } = await readDocument(control);
  expect(bounds["control"]).toMatchObject({ bodyBytes: 1_048_576, eventsOfOneCall: 1_000, openStreams: 64 });
  expect(bounds["stream"]).toMatchObject({ messageBytes: 4_096, unreadEvents: 1_000 });
});

async function readDocument(control: { ask(method: string, target: string): Promise<Response> }) {
  return v.parse(documentSchema, await (await control.ask("GET", "/v1/openapi.json")).json());
}
