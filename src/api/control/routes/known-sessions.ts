import { attemptOr } from "../../../platform/failure.ts";
import { type ProcessOrigin, traceProcess } from "../../../platform/process/process-origin.ts";

/** A program that runs behind a tunnel. */
interface Session {
  readonly id: string;
  readonly pid: number;
}

/** Where they are kept, for the daemon that follows; a process is known by its start besides its number. */
export interface SessionRegister {
  list(): readonly KnownSession[];
  /** On disk when the call returns. */
  set(sessions: readonly KnownSession[]): void;
}

interface KnownSession extends Session {
  readonly startTime: string;
}

interface Report extends Session {
  /** When the report came, milliseconds since the epoch. */
  readonly receivedAt: number;
}

/** Milliseconds by which a process's start is known too late: `ps` tells whole seconds, the kernel ticks. */
const START_TOLERANCE_MS = 1_000;

/**
 * Keeps who has reported.
 * @param trace tells who a process is; undefined where there is none.
 */
export function createKnownSessions(
  register: SessionRegister,
  trace: (pid: number) => ProcessOrigin | undefined = traceProcess,
) {
  const ownUser = process.getuid?.();

  return {
    /**
     * Takes a process in; a second report of one that is known changes nothing.
     * @returns why it was refused, in a sentence; undefined where it is known now.
     */
    register({ id, pid, receivedAt }: Report): string | undefined {
      const origin = trace(pid);
      if (origin === undefined) return `the process ${pid} does not run`;
      if (origin.user !== ownUser) return `the process ${pid} belongs to another user`;
      if (origin.startedAt > receivedAt + START_TOLERANCE_MS) return `the process ${pid} started after this report`;
      const others = register.list().filter((session) => session.pid !== pid);
      const known = register.list().find((session) => session.pid === pid);
      if (known?.startTime !== origin.startTime) register.set([...others, { id, pid, startTime: origin.startTime }]);
      return undefined;
    },
    /** Those whose process lives. */
    list: listLiving,
    /** Sends SIGTERM to a session's process. @param id its id, or `PID-<n>`. @returns false where there is none. */
    stop(id: string): boolean {
      const found = listLiving().find((session) => session.id === id || `PID-${session.pid}` === id);
      return found !== undefined && attemptOr(false, () => process.kill(found.pid, "SIGTERM"));
    },
  };

  function listLiving(): readonly Session[] {
    const known = register.list();
    const living = known.filter(({ pid, startTime }) => trace(pid)?.startTime === startTime);
    if (living.length < known.length) register.set(living);
    return living.map(({ id, pid }) => ({ id, pid }));
  }
}
