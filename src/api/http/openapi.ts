import { errorSchema } from "./envelope.ts";
import { describeSchema, isOptional, type JsonSchema, membersOf } from "./json-schema.ts";
import type { RouteDescription } from "./route.ts";

/** The routes as an OpenAPI 3.1 document, made of the very schemas that they parse with. */
export function describeRoutes(routes: readonly RouteDescription[], version: string): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: describe(route) };
  return {
    openapi: "3.1.0",
    info: {
      title: "wpdaemon",
      version,
      description:
        "The control door of the daemon: HTTP and JSON on a unix socket, and where it is asked for on 127.0.0.1.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "http://localhost", description: "the unix socket control.sock in the daemon's folder" }],
    paths,
    components: { schemas: { Failure: FAILURE } },
  };
}

const FAILURE: JsonSchema = {
  type: "object",
  properties: { ok: { const: false }, error: describeSchema(errorSchema) },
  required: ["ok", "error"],
};

function describe(route: RouteDescription): JsonSchema {
  const parameters = [
    ...describePathParameters(route.path),
    ...describeMembers("query", route.query),
    ...describeMembers("header", route.headers),
  ];
  const body = describeSchema(route.body);
  return {
    operationId: [route.method.toLowerCase(), ...route.path.split(/[^a-z0-9]+/).map(capitalize)].join(""),
    summary: route.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(Object.keys(body).length === 0 ? {} : { requestBody: describeBody(route.body, body) }),
    responses: {
      "200": { description: "Done.", content: describeContent(route) },
      default: {
        description: "Refused.",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Failure" } } },
      },
    },
  };
}

function capitalize(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

function describePathParameters(path: string): readonly JsonSchema[] {
  const name = { name: "name", in: "path", required: true, schema: { type: "string" } };
  return path.includes("{name}") ? [name] : [];
}

function describeMembers(place: "query" | "header", schemas: unknown): readonly JsonSchema[] {
  return membersOf(schemas).map(([name, schema]) => ({
    name,
    in: place,
    required: !isOptional(schema),
    schema: describeSchema(schema),
  }));
}

function describeBody(body: unknown, schema: JsonSchema): JsonSchema {
  return { required: !isOptional(body), content: { "application/json": { schema } } };
}

function describeContent({ data, media = {}, isOriginal }: RouteDescription): JsonSchema {
  const others = Object.entries(media).map(([type, description]) => [type, { schema: { description } }] as const);
  return Object.fromEntries([
    ...(data.type === "never" ? [] : [["application/json", { schema: describeEnvelope(data, isOriginal) }] as const]),
    ...others,
  ]);
}

function describeEnvelope(data: unknown, isOriginal = false): JsonSchema {
  const schema = describeSchema(data);
  const envelope = {
    type: "object",
    properties: { ok: { const: true }, data: schema },
    required: ["ok", "data"],
  };
  return isOriginal ? { allOf: [envelope, schema] } : envelope;
}
