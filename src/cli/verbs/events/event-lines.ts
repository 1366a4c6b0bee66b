/** One event of a publisher's input, and the line where it begins: its JSON text, or why it cannot be one. */
export type EventLine =
  | { readonly number: number; readonly json: string; readonly bytes: number }
  | { readonly number: number; readonly fault: string };

interface ByteReader {
  /** No value at the end. */
  read(): Promise<{ readonly value?: Uint8Array | undefined }>;
}

/** The most bytes of an event. With the brackets of a batch it is still a body that the daemon accepts. */
const EVENT_LIMIT = 1024 * 1024 - 2;

/** Deeper ones no event has; whoever reads them must not run out of stack. */
const MOST_LEVELS = 64;

const [LF, QUOTE, BACKSLASH, COLON, COMMA] = [0x0a, 0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
/** RFC 8259 section 2; the last three are a byte order mark. */
const BLANKS = new Set([0x09, LF, 0x0d, 0x20, 0xef, 0xbb, 0xbf]);
/** What may stand between events: one array of them counts as its elements. */
const BETWEEN = new Set([...BLANKS, COMMA, OPEN_ARRAY, CLOSE_ARRAY]);

/**
 * The events of a UTF-8 input as they come, those of one read together: JSON documents with any whitespace between and
 * within them. Where one is broken, reading goes on at the next line.
 */
export async function* readEventLines(reader: ByteReader): AsyncGenerator<readonly EventLine[]> {
  const splitter = createSplitter();
  for (let { value } = await reader.read(); value !== undefined; { value } = await reader.read()) {
    const events = splitter.push(value);
    if (events.length > 0) yield events;
  }
  const last = splitter.finish();
  if (last.length > 0) yield last;
}

function createSplitter() {
  /** `text` is no object: it ends with its line. `skip`: the rest of a line behind a fault. */
  let mode: "between" | "object" | "text" | "skip" = "between";
  let line = 1;
  let isFirstOnLine = true;
  let begunAt = 1;
  let parts: Uint8Array[] = [];
  let length = 0;
  let isInString = false;
  let isEscaped = false;
  /** What is open, the innermost last. */
  let open: number[] = [];
  /** The last byte that was no blank. */
  let last = 0;
  let found: EventLine[] = [];

  return {
    push(chunk: Uint8Array): readonly EventLine[] {
      found = [];
      /** Where in the chunk the event goes on. */
      let start = 0;
      for (let index = 0; index < chunk.length; index += 1) {
        const byte = chunk[index] ?? 0;
        const number = begunAt;
        const step = take(byte);
        if (step === "begin") start = index;
        if (step === "end") end(number, chunk.subarray(start, index + 1));
        if (step === "break") end(number, chunk.subarray(start, index));
        if (step === "break" && (mode === "object" || mode === "text")) start = index;
        if (byte === LF) line += 1;
        isFirstOnLine = byte === LF || (isFirstOnLine && BLANKS.has(byte));
      }
      if (mode === "object" || mode === "text") keep(chunk.subarray(start));
      return found;
    },
    finish(): readonly EventLine[] {
      found = [];
      if (length > 0) end(begunAt, new Uint8Array());
      return found;
    },
  };

  /** @returns `end` where the byte is the last of an event, `break` where an event ends before it. */
  function take(byte: number): "begin" | "end" | "break" | undefined {
    switch (mode) {
      case "between":
        if (BETWEEN.has(byte)) return undefined;
        begin(byte);
        return "begin";
      case "text":
        if (byte !== LF) return undefined;
        mode = "between";
        return "break";
      case "skip":
        if (byte === LF) mode = "between";
        return undefined;
      case "object":
        return isInString ? takeInString(byte) : takeInObject(byte);
    }
  }

  function begin(byte: number): void {
    mode = byte === OPEN_OBJECT ? "object" : "text";
    open = [byte];
    last = byte;
    begunAt = line;
    isInString = false;
    isEscaped = false;
  }

  function takeInString(byte: number): "break" | undefined {
    // A string has no line end in it, so this one was not closed.
    if (byte === LF) {
      mode = "between";
      return "break";
    }
    if (isEscaped) isEscaped = false;
    else if (byte === BACKSLASH) isEscaped = true;
    else if (byte === QUOTE) isInString = false;
    return undefined;
  }

  function takeInObject(byte: number): "end" | "break" | undefined {
    if (BLANKS.has(byte)) return undefined;
    const before = last;
    last = byte;
    const innermost = open.at(-1);
    if (byte === QUOTE) {
      isInString = true;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      const isValue = before === COLON || (innermost === OPEN_ARRAY && (before === OPEN_ARRAY || before === COMMA));
      if (!isValue || open.length === MOST_LEVELS) return leave(byte);
      open.push(byte);
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (innermost !== (byte === CLOSE_OBJECT ? OPEN_OBJECT : OPEN_ARRAY)) return leave(byte);
      open.pop();
      if (open.length > 0) return undefined;
      mode = "between";
      return "end";
    } else if (byte !== COLON && byte !== COMMA && innermost === OPEN_OBJECT) {
      // The name of a member belongs here, which is in quotes.
      if (before === OPEN_OBJECT || before === COMMA) return leave(byte);
    }
    return undefined;
  }

  /** What is open is broken. At the beginning of a line, this may be the next event. */
  function leave(byte: number): "break" {
    if (isFirstOnLine && !BETWEEN.has(byte) && byte !== CLOSE_OBJECT) begin(byte);
    else mode = "skip";
    return "break";
  }

  function keep(part: Uint8Array): void {
    length += part.length;
    // Bytes beyond the limit are counted, but not kept.
    if (length <= EVENT_LIMIT) parts.push(part);
    else parts = [];
  }

  function end(number: number, part: Uint8Array): void {
    keep(part);
    const event = length > EVENT_LIMIT ? { number, fault: "the event exceeds 1 MiB" } : judge(number, parts);
    parts = [];
    length = 0;
    if (event !== undefined) found.push(event);
  }
}

/** Undefined for nothing but blanks. */
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
