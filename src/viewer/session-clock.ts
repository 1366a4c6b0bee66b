import { dirname } from "node:path";
import * as v from "valibot";
import { makePrivateFolder, readTextIfThere, replaceFile } from "../platform/files/files.ts";

/** When the trader came and went. */
export interface SessionClock {
  /** Milliseconds since the epoch; undefined: clocked out. */
  readonly clockedInAt: number | undefined;
  /** The sessions that are over, together, in milliseconds. */
  readonly workedMs: number;
}

export const CLOCKED_OUT: SessionClock = { clockedInAt: undefined, workedMs: 0 };

const fileSchema = v.object({ clockedInAt: v.optional(v.number()), workedMs: v.number() });

/** Reads the viewer's own file at `path`; without a readable one, nobody has clocked in. */
export function readSessionClock(path: string): SessionClock {
  const file = v.safeParse(v.pipe(v.string(), v.parseJson(), fileSchema), readTextIfThere(path) ?? "");
  return file.success ? { clockedInAt: file.output.clockedInAt, workedMs: file.output.workedMs } : CLOCKED_OUT;
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
  return { clockedInAt: undefined, workedMs: clock.workedMs + Math.max(0, now - clock.clockedInAt) };
}
