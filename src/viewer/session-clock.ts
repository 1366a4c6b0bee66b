import { dirname } from "node:path";
import * as v from "valibot";
import { attemptOr } from "../platform/failure.ts";
import { makePrivateFolder, readTextIfThere, replaceFile } from "../platform/files/files.ts";

/** No clock shows a later moment: the last one of a Date. */
const LAST_MOMENT = 8.64e15;

const clockSchema = v.object({
  /** Milliseconds since the epoch; absent: clocked out. */
  clockedInAt: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(LAST_MOMENT))),
  /** The sessions that are over, together, in milliseconds. */
  workedMs: v.number(),
});

/** When the trader came and went. */
export type SessionClock = Readonly<v.InferOutput<typeof clockSchema>>;

export const CLOCKED_OUT: SessionClock = { workedMs: 0 };

/** Reads the viewer's own file at `path`; without a readable one, nobody has clocked in. */
export function readSessionClock(path: string): SessionClock {
  const text = attemptOr(undefined, () => readTextIfThere(path)) ?? "";
  const file = v.safeParse(v.pipe(v.string(), v.parseJson(), clockSchema), text);
  return file.success ? file.output : CLOCKED_OUT;
}

/** @throws the operating system's error. */
export function writeSessionClock(path: string, clock: SessionClock): void {
  makePrivateFolder(dirname(path));
  replaceFile(path, `${JSON.stringify(clock)}\n`, "kill");
}

/** The clock after `I`; a second one changes nothing. @param now milliseconds since the epoch. */
export function clockIn(clock: SessionClock, now: number): SessionClock {
  return clock.clockedInAt === undefined ? { ...clock, clockedInAt: now } : clock;
}

/** The clock after `O`; a second one changes nothing. @param now milliseconds since the epoch. */
export function clockOut(clock: SessionClock, now: number): SessionClock {
  if (clock.clockedInAt === undefined) return clock;
  return { workedMs: clock.workedMs + Math.max(0, now - clock.clockedInAt) };
}
