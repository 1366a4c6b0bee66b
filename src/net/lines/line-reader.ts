import { isForeignProtocol } from "./foreign-protocol.ts";
import { createLineSplitter } from "./line-splitter.ts";

/** Silence after which an unfinished line is given up, in milliseconds. */
const FRAGMENT_MS = 1_000;

/** What a line reader has read: a line without its LF, or one whose LF did not come. */
export type ReadLine = Uint8Array | "unterminated";

interface LineReaderOptions {
  readonly maximumBytes: number;
  onLine(line: ReadLine): void;
  /** The first line is another protocol's; nothing more is read. */
  onForeign(): void;
}

/** Reads lines out of a stream of bytes; a line that is begun and not ended for a second is given up. */
export function createLineReader({ maximumBytes, onLine, onForeign }: LineReaderOptions) {
  const splitter = createLineSplitter(maximumBytes);
  let isFirstLine = true;
  let timer: ReturnType<typeof setTimeout> | undefined;

  return {
    /** @returns false where no more is to be read: a line is too long, or the first one is another protocol's. */
    read(chunk: Uint8Array): boolean {
      clearTimeout(timer);
      for (const line of splitter.push(chunk)) if (!accept(line)) return false;
      if (splitter.overflowed) {
        onLine("unterminated");
        return false;
      }
      expectRest();
      return true;
    },
    /** The rest of an unfinished line has its time from now on. */
    expectRest,
    /** While nobody reads, an unfinished line is not the peer's doing. */
    stop: () => clearTimeout(timer),
    giveUpFragment,
  };

  function accept(line: Uint8Array): boolean {
    if (isFirstLine && isForeignProtocol(line)) {
      onForeign();
      return false;
    }
    isFirstLine = false;
    onLine(line);
    return true;
  }

  function expectRest(): void {
    clearTimeout(timer);
    if (splitter.pending > 0) timer = setTimeout(giveUpFragment, FRAGMENT_MS);
  }

  function giveUpFragment(): void {
    clearTimeout(timer);
    if (splitter.pending === 0) return;
    const fragment = splitter.takeFragment();
    const isForeign = isFirstLine && isForeignProtocol(fragment);
    isFirstLine = false;
    if (isForeign) onForeign();
    else onLine("unterminated");
  }
}
