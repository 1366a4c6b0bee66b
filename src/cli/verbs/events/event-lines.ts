/** One line of a publisher's input: an event as JSON text, or why it cannot be one. */
export type EventLine =
  | { readonly number: number; readonly json: string; readonly bytes: number }
  | { readonly number: number; readonly fault: string };

interface ByteReader {
  /** No value at the end. */
  read(): Promise<{ readonly value?: Uint8Array | undefined }>;
}

/** The most bytes of a line. With the brackets of a batch it is still a body that the daemon accepts. */
const LINE_LIMIT = 1024 * 1024 - 2;

const LF = 0x0a;

/**
 * The lines of a UTF-8 input as they come, those of one read together, counted from 1. Empty ones are passed over; an
 * unfinished last one counts.
 */
export async function* readEventLines(reader: ByteReader): AsyncGenerator<readonly EventLine[]> {
  let number = 0;
  let parts: Uint8Array[] = [];
  let length = 0;
  for (let { value } = await reader.read(); value !== undefined; { value } = await reader.read()) {
    const lines: EventLine[] = [];
    let start = 0;
    for (let end = value.indexOf(LF); end !== -1; end = value.indexOf(LF, start)) {
      add(value.subarray(start, end));
      lines.push(...finish());
      start = end + 1;
    }
    add(value.subarray(start));
    if (lines.length > 0) yield lines;
  }
  if (length > 0) yield finish();

  function add(part: Uint8Array): void {
    length += part.length;
    // Bytes beyond the limit are counted, but not kept.
    if (length <= LINE_LIMIT) parts.push(part);
    else parts = [];
  }

  function finish(): readonly EventLine[] {
    number++;
    const line = length > LINE_LIMIT ? { number, fault: "the line exceeds 1 MiB" } : judge(number, parts);
    parts = [];
    length = 0;
    return line === undefined ? [] : [line];
  }
}

/** Undefined for an empty line. */
function judge(number: number, parts: readonly Uint8Array[]): EventLine | undefined {
  const bytes = Buffer.concat(parts);
  try {
    const json = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (json.trim() === "") return undefined;
    JSON.parse(json);
    return { number, json, bytes: bytes.length };
  } catch (error) {
    const isJsonFault = error instanceof SyntaxError;
    return { number, fault: isJsonFault ? `it is no JSON: ${error.message}` : "it is no JSON in UTF-8" };
  }
}
