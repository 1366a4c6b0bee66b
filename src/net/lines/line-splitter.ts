// Bytes: framing, pumps, guards for local servers. Nothing here knows what the bytes mean; it imports only from
// platform/.

/**
 * Cuts a stream of bytes into lines, however the bytes are spread over packets.
 * @param maximumBytes of one line, without its LF. A longer one, finished or not, sets `overflowed`.
 */
export function createLineSplitter(maximumBytes: number) {
  let pieces: Uint8Array[] = [];
  let pending = 0;
  let overflowed = false;

  return {
    /** Takes the next bytes and gives the lines that they complete, without their LF. */
    push(chunk: Uint8Array): readonly Uint8Array[] {
      const lines: Uint8Array[] = [];
      let start = 0;
      while (!overflowed) {
        const end = chunk.indexOf(LF, start);
        keep(chunk.subarray(start, end === -1 ? chunk.length : end));
        if (end === -1 || overflowed) break;
        lines.push(takeFragment());
        start = end + 1;
      }
      return lines;
    },
    /** Bytes of a line whose LF has not come. */
    get pending(): number {
      return pending;
    },
    /** The unfinished line is longer than allowed; nothing more is kept of it. */
    get overflowed(): boolean {
      return overflowed;
    },
    /** Gives the unfinished line and forgets it. */
    takeFragment,
  };

  function keep(piece: Uint8Array): void {
    if (pending + piece.length > maximumBytes) {
      overflowed = true;
      takeFragment();
    } else if (piece.length > 0) {
      // A copy: the caller's chunk may be a buffer that is used again.
      pieces.push(piece.slice());
      pending += piece.length;
    }
  }

  function takeFragment(): Uint8Array {
    const first = pieces[0];
    const whole = pieces.length === 1 && first !== undefined ? first : joinBytes(pieces, pending);
    pieces = [];
    pending = 0;
    return whole;
  }
}

const LF = 0x0a;

function joinBytes(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
