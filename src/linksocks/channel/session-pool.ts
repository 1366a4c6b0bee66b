import type { Session } from "./session.ts";

/**
 * Connections that can carry the same requests: a client's threads, or the providers of one token. They take turns;
 * docs/protocols/linksocks.md#balancing.
 */
export type SessionPool = ReturnType<typeof createSessionPool>;

export function createSessionPool() {
  let sessions: readonly Session[] = [];
  let next = 0;
  let waiting: ((session: Session) => void)[] = [];
  return {
    get size(): number {
      return sessions.length;
    },
    /** It has no connection, and nobody waits for one. */
    get isIdle(): boolean {
      return sessions.length === 0 && waiting.length === 0;
    },
    add(session: Session): void {
      sessions = [...sessions, session];
      const served = waiting;
      waiting = [];
      for (const serve of served) serve(session);
    },
    remove(session: Session): void {
      sessions = sessions.filter((other) => other !== session);
    },
    has: (session: Session): boolean => sessions.includes(session),
    /** The next one; where there is none, the first that comes within `milliseconds`, or undefined. */
    pick(milliseconds: number): Session | Promise<Session | undefined> {
      const session = sessions[next % Math.max(1, sessions.length)];
      if (session === undefined) return wait(milliseconds);
      next = (next + 1) % sessions.length;
      return session;
    },
  };

  function wait(milliseconds: number): Promise<Session | undefined> {
    const { promise, resolve } = Promise.withResolvers<Session | undefined>();
    const timer = setTimeout(() => {
      waiting = waiting.filter((other) => other !== serve);
      resolve(undefined);
    }, milliseconds);
    waiting.push(serve);
    return promise;

    function serve(session: Session): void {
      clearTimeout(timer);
      resolve(session);
    }
  }
}
