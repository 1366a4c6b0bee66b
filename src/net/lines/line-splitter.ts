// Bytes: framing, pumps, guards for local servers. Nothing here knows what the bytes mean; it imports only from
// platform/.

/**
 * Cuts a stream of bytes into lines, however the bytes are spread over packets.
 * @param maximumBytes of one line, without its LF. A longer one, finished or not, sets `overflowed`.
 */
export function createLineSplitter(maximumBytes: number) {
  // One buffer that grows: a piece for each packet would cost a hundred times as much as packets of one byte hold.
  let fragment = new Uint8Array(0);
  let pending = 0;
  let overflowed = false;

  return {
    /**
     * Takes the next bytes, line by line, until `accept` wants no more after the one it gets, which is without its LF.
     * @returns how many bytes it took: fewer than all only where `accept` said no.
     */
    read(chunk: Uint8Array, accept: (line: Uint8Array) => boolean): number {
      let start = 0;
      while (!overflowed) {
        const end = chunk.indexOf(LF, start);
        keep(chunk.subarray(start, end === -1 ? chunk.length : end));
        if (end === -1 || overflowed) break;
        start = end + 1;
        if (!accept(takeFragment())) return start;
      }
      return chunk.length;
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
    const length = pending + piece.length;
    if (length > maximumBytes) {
      overflowed = true;
      takeFragment();
      return;
    }
    if (length > fragment.length) {
      const larger = new Uint8Array(pending === 0 ? length : Math.max(length, 2 * fragment.length));
      larger.set(fragment.subarray(0, pending));
      fragment = larger;
    }
    // A copy: the caller's chunk may be a buffer that is used again.
    fragment.set(piece, pending);
    pending = length;
  }

  function takeFragment(): Uint8Array {
    const whole = fragment.subarray(0, pending);
    fragment = new Uint8Array(0);
    pending = 0;
    return whole;
  }
}

const LF = 0x0a;
