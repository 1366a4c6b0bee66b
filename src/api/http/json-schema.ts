/** JSON Schema 2020-12, as far as we write it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Describes a valibot schema's input as JSON Schema, for the kinds of schema that the control door uses.
 * @param schema looked at as data: its type does not tell the kind.
 * @throws TypeError for a kind that is not known here, so that no part of the contract is left out in silence.
 */
export function describeSchema(schema: unknown): JsonSchema {
  const kind = read(schema, "type");
  if (Array.isArray(read(schema, "pipe"))) return describePipe(list(schema, "pipe"));
  switch (kind) {
    case "string":
    case "number":
    case "boolean":
      return { type: kind };
    case "unknown":
      return {};
    case "array":
      return { type: "array", items: describeSchema(read(schema, "item")) };
    case "object":
    case "loose_object":
      return describeObject(schema);
    case "literal":
      return { const: read(schema, "literal") };
    case "picklist":
      return { enum: list(schema, "options") };
    case "union":
      return { anyOf: list(schema, "options").map(describeSchema) };
    case "variant":
      return { oneOf: list(schema, "options").map(describeSchema) };
    case "nullable":
      return { anyOf: [describeSchema(read(schema, "wrapped")), { type: "null" }] };
    case "optional":
      return withDefault(describeSchema(read(schema, "wrapped")), read(schema, "default"));
    default:
      throw new TypeError(`no JSON Schema for valibot's ${String(kind)}`);
  }
}

/** Whether an object may lack the member. */
export function isOptional(schema: unknown): boolean {
  return read(schema, "type") === "optional";
}

/** The members of an object's schema, in their order. */
export function membersOf(schema: unknown): readonly (readonly [string, unknown])[] {
  const entries = read(schema, "entries");
  return typeof entries === "object" && entries !== null ? Object.entries(entries) : [];
}

function describeObject(schema: unknown): JsonSchema {
  const members = membersOf(schema);
  const required = members.filter(([, member]) => !isOptional(member)).map(([name]) => name);
  return {
    type: "object",
    properties: Object.fromEntries(members.map(([name, member]) => [name, describeSchema(member)])),
    ...(required.length === 0 ? {} : { required }),
  };
}

function describePipe([first, ...actions]: readonly unknown[]): JsonSchema {
  const described = actions.map(describeAction);
  return Object.assign({}, describeSchema(first), ...described);
}

function describeAction(action: unknown): JsonSchema {
  const type = String(read(action, "type"));
  const requirement = read(action, "requirement");
  switch (type) {
    case "integer":
      return { type: "integer" };
    case "min_value":
      return { minimum: requirement };
    case "max_value":
      return { maximum: requirement };
    case "min_length":
      return { minLength: requirement };
    case "max_length":
      return { maxLength: requirement };
    case "starts_with":
      return { pattern: `^${String(requirement).replace(/[^\w/]/g, "\\$&")}` };
    case "regex":
      return { pattern: read(requirement, "source") };
    case "description":
      return { description: read(action, "description") };
    case "iso_timestamp":
      return { format: "date-time" };
    // A number in a query: digits, and then to_number.
    case "digits":
      return {};
    case "to_number":
      return { type: "integer" };
    default:
      throw new TypeError(`no JSON Schema for valibot's ${type}`);
  }
}

/** The default of a number in a query stands in the schema as it would come: as text. */
function withDefault(described: JsonSchema, value: unknown): JsonSchema {
  if (value === undefined || typeof value === "object") return described;
  return { ...described, default: described["type"] === "integer" ? Number(value) : value };
}

function read(value: unknown, member: string): unknown {
  return typeof value === "object" && value !== null && member in value ? Reflect.get(value, member) : undefined;
}

function list(value: unknown, member: string): readonly unknown[] {
  const found = read(value, member);
  return Array.isArray(found) ? found : [];
}
