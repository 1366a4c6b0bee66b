// The event loop serves one thing after the other: whoever takes long in a turn makes everybody else wait. So what the runtime
// calls says which part of the program it is, and each turn is timed from the first such call to its end. An idle process is
// not woken for that, and a figure is all that is kept.

/** One turn of the event loop. */
export interface LoopTurn {
  readonly milliseconds: number;
  /** The part that took most of it. */
  readonly part: string;
  /** When it ended, in milliseconds since the epoch. */
  readonly at: number;
}

const HOUR_MS = 3_600_000;

/** Brief calls are timed by themselves until they have taken so long together: to ask for the end of each turn costs more. */
const BRIEF_MS = 0.25;

/**
 * @param now milliseconds of a clock that only moves forward.
 * @param atEnd calls back when the turn of the loop that is under way is over.
 */
export function createLoopWatch(now: () => number = () => performance.now(), atEnd: Schedule = setImmediate) {
  /** Undefined between two turns. */
  let part: string | undefined;
  let turnBegan = 0;
  let partBegan = 0;
  let taken: Map<string, number> | undefined;
  let longest: LoopTurn | undefined;
  let hour = 0;
  let ofHour: LoopTurn | undefined;
  let ofHourBefore: LoopTurn | undefined;
  /** What brief calls have taken, in this turn and perhaps in some before it. */
  let brief = 0;

  return {
    /** The runtime has called something of this part; what runs from now on is its doing, until another one begins. */
    enter: (entered: string): void => enter(entered),
    /**
     * As `enter`, for what is called thousands of times a second and starts nothing that goes on afterwards: it costs a
     * tenth. A turn of many such calls is told up to a quarter of a millisecond too long.
     * @returns the time, for `leaveBriefly`.
     */
    enterBriefly(entered: string): number {
      if (part !== undefined) enter(entered);
      return now();
    },
    /** The brief call that began at `began` is over. */
    leaveBriefly(entered: string, began: number): void {
      if (part !== undefined) return;
      brief += now() - began;
      if (brief < BRIEF_MS) return;
      enter(entered, brief);
    },
    /** Forgets the turns so far, as those of a start, and what the one under way has taken. */
    beginAnew(): void {
      longest = undefined;
      ofHour = undefined;
      ofHourBefore = undefined;
      taken = undefined;
      brief = 0;
      turnBegan = now();
      partBegan = turnBegan;
    },
    /** Whose turn it is; undefined where nothing has said so in this turn. */
    get part(): string | undefined {
      return part;
    },
    /** The longest turn since the start, and that of the last one to two hours; undefined before the first. */
    longest() {
      turnHour();
      return { sinceStart: longest, recent: longer(ofHourBefore, ofHour) };
    },
  };

  /** @param before how long ago it began. */
  function enter(entered: string, before = 0): void {
    if (part === entered) return;
    const time = now();
    if (part === undefined) {
      turnBegan = time - before;
      atEnd(endTurn);
    } else credit(part, time);
    part = entered;
    partBegan = time - before;
  }

  function credit(to: string, time: number): void {
    taken ??= new Map();
    taken.set(to, (taken.get(to) ?? 0) + time - partBegan);
  }

  function endTurn(): void {
    const time = now();
    const last = part ?? "";
    const milliseconds = time - turnBegan;
    turnHour();
    if (milliseconds > (ofHour?.milliseconds ?? 0)) {
      if (taken !== undefined) credit(last, time);
      ofHour = { milliseconds, part: heaviest(taken) ?? last, at: Date.now() };
      longest = longer(longest, ofHour);
    }
    part = undefined;
    taken = undefined;
    brief = 0;
  }

  function turnHour(): void {
    const current = Math.floor(now() / HOUR_MS);
    if (current === hour) return;
    ofHourBefore = current === hour + 1 ? ofHour : undefined;
    ofHour = undefined;
    hour = current;
  }
}

type Schedule = (act: () => void) => unknown;

function longer(one: LoopTurn | undefined, other: LoopTurn | undefined): LoopTurn | undefined {
  return (other?.milliseconds ?? 0) > (one?.milliseconds ?? 0) ? other : one;
}

function heaviest(taken: ReadonlyMap<string, number> | undefined): string | undefined {
  let most: readonly [part: string, milliseconds: number] | undefined;
  for (const entry of taken ?? []) if (entry[1] > (most?.[1] ?? -1)) most = entry;
  return most?.[0];
}

/** That of this process. */
export const LOOP_WATCH = createLoopWatch();
