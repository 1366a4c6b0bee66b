import { nearestWord } from "../../platform/nearest-word.ts";
import type { Finding } from "./findings.ts";

/** What of a schema tells which keys there are. */
interface SchemaNode {
  readonly type: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  /** Of names with values: what stands under each. */
  readonly value?: SchemaNode;
  /** Of what may be left out. */
  readonly wrapped?: SchemaNode;
}

/**
 * Keys of a document that its schema does not have, each with the nearest one it has; and lists in the place of keys, which
 * valibot lets pass for an object.
 */
export function* findUnknownKeys(
  document: unknown,
  schema: SchemaNode,
  place: readonly string[] = [],
): Generator<Finding, void> {
  const { entries, value } = unwrap(schema);
  if (entries === undefined && value === undefined) return;
  if (Array.isArray(document)) yield { key: place.join("."), message: "keys with values are needed" };
  if (!isRecord(document)) return;
  for (const [key, inner] of Object.entries(document)) {
    const known = entries === undefined ? value : Object.hasOwn(entries, key) ? entries[key] : undefined;
    if (known !== undefined) yield* findUnknownKeys(inner, known, [...place, key]);
    else yield unknownKey([...place, key], Object.keys(entries ?? {}));
  }
}

function unknownKey(place: readonly string[], keys: readonly string[]): Finding {
  const near = nearestWord(place.at(-1) ?? "", keys);
  const hint = near === undefined ? `the keys here are ${keys.join(", ")}` : `did you mean "${near}"?`;
  return { key: place.join("."), message: "unknown key", hint };
}

function unwrap(schema: SchemaNode): SchemaNode {
  return schema.wrapped === undefined ? schema : unwrap(schema.wrapped);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
