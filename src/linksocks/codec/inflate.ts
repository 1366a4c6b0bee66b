import type { DataMessage } from "./message.ts";

/** Twice what any Go sender puts into one message; a small message must not become gigabytes. */
const LONGEST_BODY = 64 * 1024 * 1024;

/**
 * The plain bytes of a Data message, one gzip member or several.
 * @returns undefined where they are not gzip, or more than 64 MiB: the connection is to be ended.
 */
export function inflateBody({ body, isCompressed }: DataMessage): Uint8Array | undefined {
  if (!isCompressed) return body;
  // Loaded when a Go peer first sends such a body: an idle daemon does without.
  const zlib = process.getBuiltinModule("node:zlib");
  try {
    return zlib.gunzipSync(body, { maxOutputLength: LONGEST_BODY });
  } catch {
    return undefined;
  }
}
