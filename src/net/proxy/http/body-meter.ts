import { type BodyFraming, HttpFault } from "./fields.ts";

/** A line of a chunked body: a size with its extensions, or a trailer. */
const LONGEST_LINE = 4 * 1024;
/** All trailers together. */
const LONGEST_TRAILERS = 64 * 1024;

const CR = 0x0d;
const LF = 0x0a;

/** RFC 9112 section 7.1: a size and extensions. */
const CHUNK_SIZE = /^([\da-f]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;
const TRAILER = /^[!#$%&'*+\-.^_`|~\w]+:[\t\x20-\x7e\x80-\xff]*$/;

/** Finds where a body ends, whose bytes are passed on as they are. */
export function measureBody(framing: BodyFraming) {
  return framing.kind === "chunked" ? measureChunks() : measureLength(framing);
}

function measureLength(framing: Exclude<BodyFraming, { kind: "chunked" }>) {
  let left = framing.kind === "length" ? framing.bytes : Number.POSITIVE_INFINITY;
  return {
    get isDone(): boolean {
      return left === 0;
    },
    /** @returns how many of the bytes belong to the body. @throws HttpFault where they are no chunks. */
    take(bytes: Uint8Array): number {
      const taken = Math.min(left, bytes.length);
      left -= taken;
      return taken;
    },
  };
}

function measureChunks() {
  let stage: "size" | "data" | "data-end" | "trailer" | "done" = "size";
  let left = 0;
  let line = "";
  let trailerBytes = 0;
  return {
    get isDone(): boolean {
      return stage === "done";
    },
    take(bytes: Uint8Array): number {
      let at = 0;
      while (at < bytes.length && stage !== "done") {
        if (stage === "data") {
          const taken = Math.min(left, bytes.length - at);
          left -= taken;
          at += taken;
          if (left === 0) stage = "data-end";
        } else at = takeLine(bytes, at);
      }
      return at;
    },
  };

  /** @returns where the next bytes begin. */
  function takeLine(bytes: Uint8Array, from: number): number {
    const end = bytes.indexOf(LF, from);
    const until = end === -1 ? bytes.length : end;
    if (line.length + until - from > LONGEST_LINE) throw new HttpFault("a chunk's head is too long");
    line += Buffer.from(bytes.buffer, bytes.byteOffset + from, until - from).toString("latin1");
    if (end === -1) return until;
    if (line.charCodeAt(line.length - 1) !== CR) throw new HttpFault("a chunk's line does not end with CR LF");
    const whole = line.slice(0, -1);
    line = "";
    endLine(whole);
    return end + 1;
  }

  function endLine(whole: string): void {
    if (stage === "size") readSize(whole);
    else if (stage === "data-end") {
      if (whole !== "") throw new HttpFault("a chunk is longer than its size");
      stage = "size";
    } else if (whole === "") stage = "done";
    else {
      trailerBytes += whole.length;
      if (!TRAILER.test(whole) || trailerBytes > LONGEST_TRAILERS)
        throw new HttpFault("a trailer is malformed or too long");
    }
  }

  function readSize(whole: string): void {
    const [, size] = CHUNK_SIZE.exec(whole) ?? [];
    if (size === undefined) throw new HttpFault("a chunk's size is malformed");
    left = Number.parseInt(size, 16);
    stage = left === 0 ? "trailer" : "data";
  }
}
