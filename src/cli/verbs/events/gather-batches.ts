import { pause } from "../../../platform/waiting.ts";
import type { EventLine } from "./event-lines.ts";

/** The limits of a batch: large enough to save round trips, small enough that no event waits for others. */
const BATCH = { lines: 200, bytes: 64 * 1024, milliseconds: 20 } as const;

/**
 * Gathers lines into batches, in their order: a batch goes when it is full, when its first line has waited for 20 ms, and at
 * the end. While the caller is busy with a batch, one read of the input is taken ahead, and no more. A line that is longer
 * than a batch may be is one of its own.
 */
export async function* gatherBatches(
  reads: AsyncGenerator<readonly EventLine[]>,
  limits: { readonly lines: number; readonly bytes: number; readonly milliseconds: number } = BATCH,
): AsyncGenerator<readonly EventLine[]> {
  let batch: EventLine[] = [];
  let bytes = 0;
  let due = 0;
  for (let next = ask(reads); ; ) {
    const read = await (batch.length === 0 ? next : unlessDue(next, due - performance.now()));
    if (read?.done === true) break;
    if (read !== undefined) {
      next = ask(reads);
      for (const line of read.value) {
        const size = "json" in line ? line.bytes : 0;
        if (batch.length > 0 && (batch.length === limits.lines || bytes + size > limits.bytes)) yield take();
        if (batch.length === 0) due = performance.now() + limits.milliseconds;
        batch.push(line);
        bytes += size;
      }
    }
    if (batch.length > 0 && performance.now() >= due) yield take();
  }
  if (batch.length > 0) yield batch;

  function take(): readonly EventLine[] {
    const taken = batch;
    batch = [];
    bytes = 0;
    return taken;
  }
}

type Read = Promise<IteratorResult<readonly EventLine[]>>;

function ask(reads: AsyncGenerator<readonly EventLine[]>): Read {
  const next = reads.next();
  // It may fail while the caller is busy; whoever awaits it hears of it.
  next.catch(() => undefined);
  return next;
}

/** The read, or undefined if it takes longer than `milliseconds`. */
async function unlessDue(next: Read, milliseconds: number): Promise<Awaited<Read> | undefined> {
  const enough = new AbortController();
  try {
    return await Promise.race([next, pause(milliseconds, enough.signal).then(() => undefined)]);
  } finally {
    enough.abort();
  }
}
