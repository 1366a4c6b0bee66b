// What the runtime calls (a socket's handler, a timer, a signal) must let nothing out: what it throws would end the whole
// process. So each is wrapped here, or in what builds on this (timers.ts, net/contained-sockets.ts). A fault ends what it
// belongs to, is counted, and is told; everybody else goes on. tests/structure/containment.test.ts holds it.

import { describeError } from "./failure.ts";
import { LOOP_WATCH } from "./loop-watch.ts";

/** A defect of ours that has shown: something threw where nothing may. */
export interface Fault {
  /** The part of the program, as the loop watch calls it. */
  readonly part: string;
  /** In one line. */
  readonly message: string;
  /** With its stack, where it has one. */
  readonly detail: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Parts that are told apart; a process has a dozen, and one for each tunnel. */
const MOST_PARTS = 256;
const OTHERS = "others";

const counts = new Map<string, number>();
const listeners = new Set<(fault: Fault) => void>();
let last: Fault | undefined;

/** What the runtime calls gets four arguments at most. */
type UpToFour = readonly [unknown?, unknown?, unknown?, unknown?];

/** Its arguments stand one by one: to gather and to spread them costs more than most of these calls take. */
type Callback = (one?: unknown, two?: unknown, three?: unknown, four?: unknown) => void;

/**
 * Gives `act` as a function that throws nothing.
 * @param onFailure ends what the fault has left half done; it gets the arguments of the call.
 */
export function contain<Arguments extends UpToFour>(
  part: string,
  act: (...given: Arguments) => void,
  onFailure?: (...given: Arguments) => void,
): (...given: Arguments) => void;
export function contain(part: string, act: Callback, onFailure?: Callback): Callback {
  return wrap(part, act, onFailure, false);
}

/** As `contain`, for what is called thousands of times a second; see `enterBriefly` of the loop watch. */
export function containBriefly<Arguments extends UpToFour>(
  part: string,
  act: (...given: Arguments) => void,
  onFailure?: (...given: Arguments) => void,
): (...given: Arguments) => void;
export function containBriefly(part: string, act: Callback, onFailure?: Callback): Callback {
  return wrap(part, act, onFailure, true);
}

function wrap(part: string, act: Callback, onFailure: Callback | undefined, isBrief: boolean): Callback {
  return (one, two, three, four) => {
    const began = isBrief ? LOOP_WATCH.enterBriefly(part) : LOOP_WATCH.enter(part);
    try {
      // The compiler lets an asynchronous function pass for one that gives nothing.
      const result: unknown = act(one, two, three, four);
      if (result instanceof Promise) letGo(part, result, () => onFailure?.(one, two, three, four));
    } catch (error) {
      noteFault(part, error);
      endContained(part, () => onFailure?.(one, two, three, four));
    }
    if (began !== undefined) LOOP_WATCH.leaveBriefly(part, began);
  };
}

/** Lets work go on that nobody waits for; where it fails, `onFailure` ends what it belongs to. */
export function letGo(part: string, work: Promise<unknown>, onFailure: () => void = () => undefined): void {
  // Its next steps may come in this turn of the loop.
  LOOP_WATCH.enter(part);
  work.catch((error) => {
    noteFault(part, error);
    endContained(part, onFailure);
  });
}

function endContained(part: string, end: () => void): void {
  try {
    end();
  } catch (error) {
    noteFault(part, error);
  }
}

/** Counts a fault and tells of it. */
export function noteFault(part: string, error: unknown): void {
  const known = counts.has(part) || counts.size < MOST_PARTS ? part : OTHERS;
  counts.set(known, (counts.get(known) ?? 0) + 1);
  const message = describeError(error);
  const stack = error instanceof Error ? error.stack : undefined;
  const fault = { part, message, detail: stack ?? message, at: Date.now() };
  last = fault;
  for (const listener of listeners) {
    try {
      listener(fault);
    } catch {
      // It is counted, which needs neither a disk nor a descriptor.
    }
  }
}

/** Has `listener` told of each fault. @returns what ends that. */
export function listenForFaults(listener: (fault: Fault) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The faults since the start, by part, and the last one. */
export function countFaults(): { readonly byPart: ReadonlyMap<string, number>; readonly last: Fault | undefined } {
  return { byPart: counts, last };
}
