/** One header field, RFC 9110 section 5. */
export interface Field {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
  /** As it came. */
  readonly line: string;
}

/** How long a message's body is, RFC 9112 section 6. */
export type BodyFraming =
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  /** Up to the end of the connection; only of a response. */
  | { readonly kind: "until-close" };

export const NO_BODY: BodyFraming = { kind: "length", bytes: 0 };

/** A message that is not taken, with the reason in a few words of our own. */
export class HttpFault extends Error {}

/** A name, a colon without a blank before it, and a value without control characters, RFC 9112 section 5.1. */
const FIELD = /^([!#$%&'*+\-.^_`|~\w]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;

/** @throws HttpFault where a line is no field; one that is folded is none, RFC 9112 section 5.2. */
export function parseFields(lines: readonly string[]): readonly Field[] {
  return lines.map((line) => {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new HttpFault("a header field is malformed or folded");
    return { name: name.toLowerCase(), value, line };
  });
}

export function valuesOf(fields: readonly Field[], name: string): readonly string[] {
  return fields.filter((field) => field.name === name).map(({ value }) => value);
}

/** The words of a field that is a list, in lower case. */
export function listOf(fields: readonly Field[], name: string): readonly string[] {
  return valuesOf(fields, name).flatMap((value) => value.split(",").map((word) => word.trim().toLowerCase()));
}

/**
 * How long the body is by the fields; undefined where they do not say. Two that speak of it are refused, even where they
 * agree: whoever reads the message next may choose the other one, RFC 9112 section 11.2.
 */
export function readFraming(fields: readonly Field[]): BodyFraming | undefined {
  const lengths = valuesOf(fields, "content-length");
  const codings = valuesOf(fields, "transfer-encoding");
  if (lengths.length + codings.length > 1) throw new HttpFault("more than one field tells the body's length");
  const [length] = lengths;
  const [coding] = codings;
  if (length !== undefined) {
    if (!/^\d{1,15}$/.test(length)) throw new HttpFault("Content-Length is no number");
    return { kind: "length", bytes: Number(length) };
  }
  if (coding === undefined) return undefined;
  if (coding.toLowerCase() !== "chunked") throw new HttpFault("Transfer-Encoding is not chunked");
  return { kind: "chunked" };
}

/** Fields of one connection, which are not passed on, RFC 9110 section 7.6.1. */
const OF_ONE_CONNECTION = ["connection", "proxy-connection", "keep-alive", "te", "upgrade", "proxy-authorization"];

/** Fields that no `Connection` may take away from a message. */
const NEVER_TAKEN_AWAY = ["host", "content-length", "transfer-encoding"];

/** The fields that go on to the next one. @throws HttpFault where `Connection` names one that has to. */
export function passOn(fields: readonly Field[]): readonly Field[] {
  const named = listOf(fields, "connection");
  if (NEVER_TAKEN_AWAY.some((name) => named.includes(name)))
    throw new HttpFault("Connection names what has to be passed on");
  return fields.filter(({ name }) => !OF_ONE_CONNECTION.includes(name) && !named.includes(name));
}

/** A head as bytes. */
export function writeHead(first: string, lines: readonly string[]): Uint8Array {
  return Buffer.from(`${[first, ...lines].join("\r\n")}\r\n\r\n`, "latin1");
}
