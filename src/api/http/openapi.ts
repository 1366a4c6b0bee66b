import { type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { errorSchema } from "./envelope.ts";
import type { Route } from "./route.ts";

/**
 * Gives the routes as an OpenAPI 3.1 document, made of the very schemas that they parse with.
 * @param bounds what clients can meet, for the document's member `x-bounds`.
 * @param schemas of what a body may hold, by name.
 */
export function describeRoutes(
  routes: readonly Route[],
  version: string,
  bounds: object,
  schemas: ReadonlyMap<string, JsonSchema> = new Map(),
): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: describe(route) };
  return {
    openapi: "3.1.0",
    info: {
      title: "wpdaemon",
      version,
      description:
        "The control API of the daemon: HTTP and JSON on a unix socket, and on 127.0.0.1 where the settings ask for it.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "http://localhost", description: "the unix socket control.sock in the daemon's folder" }],
    paths,
    "x-bounds": bounds,
    components: {
      schemas: {
        Failure: describeSchema(v.object({ ok: v.literal(false), error: errorSchema })),
        ...Object.fromEntries([...schemas].map(([name, { $schema: _dialect, ...schema }]) => [name, schema])),
      },
    },
  };
}

function describe(route: Route): object {
  const parameters = [
    ...(route.path.includes("{name}")
      ? [{ name: "name", in: "path", required: true, schema: { type: "string" } }]
      : []),
    ...describeMembers("query", route.query),
    ...describeMembers("header", route.headers),
  ];
  return {
    operationId: [route.method.toLowerCase(), ...route.path.split(/[^a-z0-9]+/).map(capitalize)].join(""),
    summary: route.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: describeBody(route.body) }),
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

function describeMembers(place: "query" | "header", schema: v.GenericSchema | undefined): readonly object[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = describeSchema(schema);
  return Object.entries(properties).map(([name, member]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: member,
  }));
}

function describeBody(body: v.GenericSchema): object {
  return { required: body.type !== "optional", content: { "application/json": { schema: describeSchema(body) } } };
}

function describeContent({ data, media = {}, isOriginal = false }: Route): object {
  const json = data === undefined ? {} : { "application/json": { schema: describeEnvelope(data, isOriginal) } };
  const others = Object.entries(media).map(([type, { description, schema }]) => [
    type,
    { schema: { description, ...(schema === undefined ? {} : describeSchema(schema)) } },
  ]);
  return { ...json, ...Object.fromEntries(others) };
}

function describeEnvelope(data: v.GenericSchema, isOriginal: boolean): object {
  const envelope = describeSchema(v.object({ ok: v.literal(true), data }));
  return isOriginal ? { allOf: [envelope, describeSchema(data)] } : envelope;
}

/** @throws Error for a kind that JSON Schema does not know, so that no part of the contract is left out in silence. */
function describeSchema(schema: v.GenericSchema): JsonSchema {
  const { $schema: _dialect, ...described } = toJsonSchema(schema, { typeMode: "input", target: "draft-2020-12" });
  return described;
}
