import { type ProcessOrigin, traceProcess } from "../../platform/process/process-origin.ts";

/** A program that runs behind a tunnel. */
export interface Session {
  readonly id: string;
  readonly pid: number;
}

export interface Report extends Session {
  /** When the report came, milliseconds since the epoch. */
  readonly receivedAt: number;
}

/** Who has reported, in memory. A process is known by its start besides its number, so no later one is taken for it. */
export interface Sessions {
  /**
   * Takes a process in; a second report of one that is known changes nothing.
   * @returns why it was refused, in a sentence; undefined where it is known now.
   */
  register(report: Report): string | undefined;
  /** Those whose process lives. */
  list(): readonly Session[];
  /** Sends SIGTERM to a session's process. @param id its id, or `PID-<n>`. @returns false where there is none. */
  stop(id: string): boolean;
}

/** Milliseconds by which a process's start is known too late: `ps` tells whole seconds, the kernel ticks. */
const START_TOLERANCE_MS = 1_000;

export function createSessions(trace: (pid: number) => ProcessOrigin | undefined = traceProcess): Sessions {
  const known = new Map<number, Session & { readonly startTime: string }>();
  const ownUser = process.getuid?.();

  return {
    register({ id, pid, receivedAt }) {
      const origin = trace(pid);
      if (origin === undefined) return `the process ${pid} does not run`;
      if (origin.user !== ownUser) return `the process ${pid} belongs to another user`;
      if (origin.startedAt > receivedAt + START_TOLERANCE_MS) return `the process ${pid} started after this report`;
      if (known.get(pid)?.startTime !== origin.startTime) known.set(pid, { id, pid, startTime: origin.startTime });
      return undefined;
    },
    list: listLiving,
    stop(id) {
      const found = listLiving().find((session) => session.id === id || `PID-${session.pid}` === id);
      if (found === undefined) return false;
      try {
        return process.kill(found.pid, "SIGTERM");
      } catch {
        return false;
      }
    },
  };

  function listLiving(): readonly Session[] {
    for (const { pid, startTime } of known.values()) if (trace(pid)?.startTime !== startTime) known.delete(pid);
    return [...known.values()].map(({ id, pid }) => ({ id, pid }));
  }
}
