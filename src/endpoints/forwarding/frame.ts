import { Failure } from "../../platform/failure.ts";

// What opens a connection through ngrok's ingress, docs/protocols/endpoints.md#frames: a length of two bytes, the lower one
// first, and one message of protobuf (proto3) in each direction. Bytes follow without framing.

/** The length does not count its own two bytes. */
export const LENGTH_BYTES = 2;
const LONGEST_BODY = 0xffff;

/** What the ingress answers. */
export interface ConnectResponse {
  readonly endpointId: string;
  /** `http`, `https`, `tcp`, `tls`, or empty: unknown. */
  readonly proto: string;
  /** Of these two one is set where the connection is refused. */
  readonly errorCode: string;
  readonly errorMessage: string;
  /** Warnings for people. */
  readonly notices: readonly string[];
}

/**
 * The request for a connection to an endpoint.
 * @param port as the endpoint's URL has it.
 * @throws Failure `usage` for a host that no frame has room for.
 */
export function encodeConnectRequest(host: string, port: number): Uint8Array {
  const name = new TextEncoder().encode(host);
  const body = [
    ...(name.length === 0 ? [] : [tag(1, TEXT), ...encodeVarint(name.length), ...name]),
    ...(port === 0 ? [] : [tag(2, VARINT), ...encodeVarint(port)]),
  ];
  if (body.length > LONGEST_BODY) throw new Failure("usage", `the host name has ${name.length} bytes`);
  return new Uint8Array([body.length & 0xff, body.length >> 8, ...body]);
}

/** The length of the body that follows these two bytes. */
export function decodeLength(bytes: Uint8Array): number {
  const [low = 0, high = 0] = bytes;
  return low | (high << 8);
}

/** @param body without its length. @throws Error with what is wrong with it, in a few words. */
export function decodeConnectResponse(body: Uint8Array): ConnectResponse {
  const texts = new Map<number, string>();
  const notices: string[] = [];
  for (const { field, bytes } of decodeFields(body)) {
    if (field === NOTICES)
      for (const inner of decodeFields(bytes)) if (inner.field === 1) notices.push(decodeText(inner.bytes));
    // The last one counts.
    if (field < NOTICES) texts.set(field, decodeText(bytes));
  }
  const text = (field: number) => texts.get(field) ?? "";
  return { endpointId: text(1), proto: text(2), errorCode: text(3), errorMessage: text(4), notices };
}

const NOTICES = 5;

/** Wire types, and how many bytes those of a fixed length have. */
const [VARINT, TEXT] = [0, 2];
const FIXED_BYTES: { readonly [type: number]: number } = { 1: 8, 5: 4 };

/** 64 bits, seven in each. */
const LONGEST_VARINT = 10;

interface TextField {
  readonly field: number;
  readonly bytes: Uint8Array;
}

/** The fields of a message that hold text or a message, in their order; others are skipped. */
function decodeFields(body: Uint8Array): readonly TextField[] {
  const fields: TextField[] = [];
  let at = 0;
  while (at < body.length) {
    const key = takeVarint();
    const [field, type] = [key >> 3n, Number(key & 7n)];
    if (field === 0n) throw new Error("field number 0");
    if (type === VARINT) takeVarint();
    else if (type === TEXT) fields.push({ field: Number(field), bytes: take(takeVarint()) });
    else {
      const length = FIXED_BYTES[type];
      if (length === undefined) throw new Error(`wire type ${type}`);
      take(BigInt(length));
    }
  }
  return fields;

  function takeVarint(): bigint {
    let value = 0n;
    for (let index = 0; index < LONGEST_VARINT; index += 1) {
      const byte = body[at];
      if (byte === undefined) throw new Error("a number is cut off");
      at += 1;
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return value;
    }
    throw new Error("a number is too long");
  }

  function take(length: bigint): Uint8Array {
    if (length > BigInt(body.length - at)) throw new Error("a field runs past the end");
    const start = at;
    at += Number(length);
    return body.subarray(start, at);
  }
}

function tag(field: number, type: number): number {
  return (field << 3) | type;
}

function encodeVarint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

/** What is no UTF-8 is replaced: a text for people is no reason to refuse. */
function decodeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
