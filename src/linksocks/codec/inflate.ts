import type { DataMessage } from "./message.ts";

/** Twice what any Go sender puts into one message; a small message must not become gigabytes. */
const LONGEST_BODY = 64 * 1024 * 1024;

/** What the length field of UDP can say, RFC 768. */
const LONGEST_DATAGRAM = 65_535;

/** One body is inflated after the other, so that many at once fill neither the memory nor the processors. */
let last: Promise<unknown> = Promise.resolve();

/**
 * The plain bytes of a compressed Data message, one gzip member or several; inflated beside the event loop, which a body
 * of a few KiB could hold up for long.
 * @returns undefined where they are not gzip, or more than 64 MiB: the connection is to be ended.
 */
export function inflateBody({ body }: DataMessage): Promise<Uint8Array | undefined> {
  const before = last;
  const inflated = before.then(() => gunzip(body));
  last = inflated;
  return inflated;
}

/**
 * The plain bytes of a datagram, compressed or not.
 * @returns undefined where they are not gzip, or more than a datagram can hold: it is lost.
 */
export function inflateDatagram({ body, isCompressed }: DataMessage): Uint8Array | undefined {
  if (!isCompressed) return body;
  // More than this is not compressed at all.
  if (body.length > 2 * LONGEST_DATAGRAM) return undefined;
  try {
    return zlib().gunzipSync(body, { maxOutputLength: LONGEST_DATAGRAM });
  } catch {
    return undefined;
  }
}

function gunzip(body: Uint8Array): Promise<Uint8Array | undefined> {
  const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
  zlib().gunzip(body, { maxOutputLength: LONGEST_BODY }, (error, plain) => resolve(error === null ? plain : undefined));
  return promise;
}

/** Loaded when a Go peer first sends such a body: an idle daemon does without. */
function zlib() {
  return process.getBuiltinModule("node:zlib");
}
