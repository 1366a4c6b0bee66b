import { startTimer } from "../../platform/timers.ts";
import { DOOR } from "./door-share.ts";
import { isForeignProtocol } from "./foreign-protocol.ts";
import { createLineSplitter } from "./line-splitter.ts";

/** Silence after which an unfinished line is given up, in milliseconds. */
const FRAGMENT_MS = 1_000;

/** What a line reader has read: a line without its LF, or one whose LF did not come. */
export type ReadLine = Uint8Array | "unterminated";

interface LineReaderOptions {
  readonly maximumBytes: number;
  /** @returns whether another line may follow at once; where not, the rest of the bytes is to be read later. */
  onLine(line: ReadLine): boolean;
  /** The first line is another protocol's; nothing more is read. */
  onForeign(): void;
}

/** Reads lines out of a stream of bytes; a line that is begun and not ended for a second is given up. */
export function createLineReader({ maximumBytes, onLine, onForeign }: LineReaderOptions) {
  const splitter = createLineSplitter(maximumBytes);
  let isFirstLine = true;
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  return {
    /**
     * @returns how many bytes it took; undefined where no more is to be read: a line is too long, or the first one is
     * another protocol's.
     */
    read(chunk: Uint8Array): number | undefined {
      clearTimeout(timer);
      const taken = splitter.read(chunk, accept);
      if (isOver) return undefined;
      if (splitter.overflowed) {
        onLine("unterminated");
        return undefined;
      }
      if (taken === chunk.length) expectRest();
      return taken;
    },
    /** Bytes of a line whose end has not come. */
    get pending(): number {
      return splitter.pending;
    },
    /** The rest of an unfinished line has its time from now on. */
    expectRest,
    /** While nobody reads, an unfinished line is not the peer's doing. */
    stop: () => clearTimeout(timer),
    giveUpFragment,
  };

  function accept(line: Uint8Array): boolean {
    if (isFirstLine && isForeignProtocol(line)) {
      isOver = true;
      onForeign();
      return false;
    }
    isFirstLine = false;
    return onLine(line);
  }

  function expectRest(): void {
    clearTimeout(timer);
    if (splitter.pending > 0) timer = startTimer(DOOR, FRAGMENT_MS, giveUpFragment);
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
