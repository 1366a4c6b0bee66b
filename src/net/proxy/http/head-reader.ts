/** A head, request line or status line and fields, may have so many bytes. */
export const LONGEST_HEAD = 64 * 1024;

/** Heads that are not whole yet, of all connections together. */
const MOST_KEPT_BYTES = 16 * 1024 * 1024;

const CR = 0x0d;
const LF = 0x0a;

let keptBytes = 0;

/** What became of the bytes: `short` where more is to come, or what is wrong with them. */
export type HeadProgress =
  | { readonly lines: readonly string[]; readonly rest: Uint8Array }
  | "short"
  | "too-long"
  | "too-many"
  | "malformed";

/**
 * Gathers the bytes of an HTTP head up to its empty line, RFC 9112 section 2.1. Each line ends with CR LF; a LF alone is
 * refused, because not everybody takes it for an end.
 */
export function createHeadReader() {
  let bytes: Buffer = Buffer.alloc(0);
  let length = 0;
  let lineStart = 0;
  let scanned = 0;

  return {
    /** After anything but `short`, nothing more may be given. */
    take(more: Uint8Array): HeadProgress {
      append(more);
      for (;;) {
        const at = bytes.indexOf(LF, scanned);
        if (at === -1 || at >= length) break;
        if (bytes[at - 1] !== CR) return end("malformed");
        if (at - lineStart === 1 && lineStart > 0) return end(at >= LONGEST_HEAD ? "too-long" : finish(at + 1));
        lineStart = at + 1;
        scanned = lineStart;
      }
      scanned = length;
      if (length >= LONGEST_HEAD) return end("too-long");
      return keptBytes > MOST_KEPT_BYTES ? end("too-many") : "short";
    },
    /** Nothing more is given. */
    drop,
  };

  function append(more: Uint8Array): void {
    if (length === 0) bytes = Buffer.from(more.buffer, more.byteOffset, more.byteLength);
    else {
      if (length + more.length > bytes.length) {
        const larger = Buffer.allocUnsafe(2 * (length + more.length));
        larger.set(bytes.subarray(0, length));
        bytes = larger;
      }
      bytes.set(more, length);
    }
    length += more.length;
    keptBytes += more.length;
  }

  function finish(headBytes: number): HeadProgress {
    const lines = bytes.toString("latin1", 0, headBytes - 4).split("\r\n");
    return { lines, rest: bytes.subarray(headBytes, length) };
  }

  function end(progress: HeadProgress): HeadProgress {
    drop();
    return progress;
  }

  function drop(): void {
    keptBytes -= length;
    length = 0;
    bytes = Buffer.alloc(0);
  }
}
