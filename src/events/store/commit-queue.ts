import type { Audit } from "../../platform/audit.ts";
import { describeError, Failure } from "../../platform/failure.ts";
import { inNextTurn, startTimer } from "../../platform/timers.ts";
import type { NumberedEvent, Publication } from "../event.ts";
import type { Call, Written } from "./store.ts";

/** One transaction takes up to so many events, so that the loop never stands still for more than some 20 ms. */
const EVENTS_AT_ONCE = 1_000;
/** The most calls that are kept while the disk takes nothing. */
const MOST_LEFT = 1_000;
const RETRY_MILLISECONDS = 5_000;

interface Waiting {
  readonly call: Call;
  /** Kept where the disk does not take it. */
  readonly isLeft: boolean;
  readonly resolve: (answer: readonly Publication[]) => void;
  readonly reject: (error: unknown) => void;
}

interface QueueParts {
  /** Makes the calls durable, all or none. */
  readonly write: (calls: readonly Call[]) => Written;
  /** Called with the events that are durable now. */
  readonly announce: (events: readonly NumberedEvent[]) => void;
  readonly audit: Audit;
}

/** Puts everything that comes within one turn of the event loop into one transaction: a disk syncs once for all of it. */
export function createCommitQueue({ write, announce, audit }: QueueParts) {
  let waiting: Waiting[] = [];
  let isScheduled = false;
  let isPostponed = false;
  /** Set while the disk refuses. */
  let retry: ReturnType<typeof setTimeout> | undefined;
  let refusal: string | undefined;
  let lost = 0;

  function add(entry: Waiting): void {
    waiting.push(entry);
    schedule();
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    inNextTurn("events", () => {
      isScheduled = false;
      commit();
      if (waiting.length > 0 && retry === undefined) schedule();
    });
  }

  function commit(): void {
    isPostponed = false;
    const batch = takeBatch();
    if (batch.length === 0) return;
    try {
      const { answers, events } = write(batch.map(({ call }) => call));
      recover();
      if (events.length > 0) announce(events);
      batch.forEach(({ resolve, reject }, index) => {
        const answer = answers[index] ?? [];
        if (answer instanceof Failure) reject(answer);
        else resolve(answer);
      });
    } catch (error) {
      if (error instanceof Failure && error.code === "file-unusable") suspend([...batch, ...waiting], error);
      else lose(batch, error);
    }
  }

  function takeBatch(): readonly Waiting[] {
    let events = 0;
    const end = waiting.findIndex(({ call }) => {
      events += call.events.length;
      return events > EVENTS_AT_ONCE;
    });
    return waiting.splice(0, end === -1 ? waiting.length : Math.max(1, end));
  }

  /** Publishers are told at once, and may come again; what is the daemon's own waits for the disk. */
  function suspend(refused: readonly Waiting[], error: Failure): void {
    for (const { reject } of refused) reject(error);
    refusal = describeError(error);
    if (retry === undefined) audit("ERROR", refusal);
    const left = refused.filter(({ isLeft }) => isLeft);
    waiting = left.slice(-MOST_LEFT);
    lost += left.length - waiting.length;
    clearTimeout(retry);
    retry = startTimer("events", RETRY_MILLISECONDS, schedule);
    retry.unref();
  }

  function recover(): void {
    if (retry === undefined) return;
    clearTimeout(retry);
    retry = undefined;
    refusal = undefined;
    audit("INFO", `the event database can be written again; ${lost} events of the daemon were lost meanwhile`);
    lost = 0;
  }

  function lose(batch: readonly Waiting[], error: unknown): void {
    audit("ERROR", `${batch.length} calls of event publishers failed: ${describeError(error)}`);
    for (const { reject } of batch) reject(error);
  }

  return {
    /** Resolves when the call is on disk and told. @throws Failure `file-unusable`, and what was wrong with the call. */
    publish: (call: Call) =>
      new Promise<readonly Publication[]>((resolve, reject) => add({ call, isLeft: false, resolve, reject })),
    /**
     * As `publish`, for somebody who cannot come again: where the disk does not take it, it is kept and tried again.
     * Resolves after the first try, whatever came of it.
     */
    leave(call: Call): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      add({ call, isLeft: true, resolve: () => resolve(), reject: () => resolve() });
      return promise;
    },
    /** As `leave`, but written only with the next call, or by `writePostponed`: nobody waits for it. */
    postpone(call: Call): void {
      waiting.push({ call, isLeft: true, resolve: () => undefined, reject: () => undefined });
      isPostponed = true;
    },
    writePostponed(): void {
      if (isPostponed) commit();
    },
    /** Why the last write failed; undefined after a write that succeeded. */
    get refusal(): string | undefined {
      return refusal;
    },
    /** Writes what waits, and ends the retries. What cannot be written now is lost, and said to be. */
    finish(): void {
      while (waiting.length > 0) {
        const before = waiting.length;
        commit();
        if (waiting.length === before) break;
      }
      clearTimeout(retry);
      retry = undefined;
      refusal = undefined;
      lost += waiting.length;
      if (lost > 0) audit("ERROR", `${lost} events of the daemon are lost: the disk did not take them`);
      lost = 0;
      waiting = [];
    },
  };
}
