/** Bytes of a body; the largest sensible request holds a few texts of 255. */
const BODY_LIMIT = 64 * 1024;

/**
 * The text of a request's body, empty where there is none and where the connection breaks off within it.
 * @returns undefined where it exceeds 64 KiB; the rest is not read.
 */
export async function readBody({ body, headers }: Request): Promise<string | undefined> {
  if (Number(headers.get("content-length")) > BODY_LIMIT) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body ?? []) {
      length += chunk.length;
      if (length > BODY_LIMIT) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return "";
  }
  return Buffer.concat(chunks).toString("utf8");
}
