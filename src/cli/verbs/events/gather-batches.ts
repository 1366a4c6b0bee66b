import { settlesWithin } from "../../../platform/waiting.ts";
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
    if (batch.length === 0 || (await settlesWithin(next, due - performance.now()))) {
      const read = await next;
      if (read.done === true) break;
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

function ask(reads: AsyncGenerator<readonly EventLine[]>): Promise<IteratorResult<readonly EventLine[]>> {
  const next = reads.next();
  // It may fail while the caller is busy; whoever awaits it hears of it.
  next.catch(() => undefined);
  return next;
}
