import type { Audit } from "../platform/audit.ts";
import { describeError } from "../platform/failure.ts";
import type { StateReason } from "./state/state-document.ts";

/**
 * What the daemon is made of. The list of parts is in the order in which they open: each builds on those before it. All
 * that ends, a stop or a hand-over, goes through the same list backwards.
 */
export interface Part {
  /** In a hand-over its sockets are known by it, to the daemon of another version too. */
  readonly name: string;
  /** Loads its code, as `open` would: a successor does it before anybody waits for it. */
  load?(): Promise<unknown>;
  /**
   * Begins. @throws what keeps the daemon from starting.
   * @param inherited sockets of the daemon before, which listen for it already; they are the caller's.
   */
  open?(inherited: readonly number[]): void | Promise<void>;
  /** Second descriptors of the sockets that it listens on, for a successor to inherit; they are the caller's. */
  lend?(): readonly number[];
  /** Leaves its work to a successor, so that it can take it up again; no client is refused. */
  freeze?(): void | Promise<void>;
  /** Takes its work up again: the successor has failed. @param lent what `lend` gave. */
  resume?(lent: readonly number[]): void | Promise<void>;
  /** Resolves once it serves nobody any more who came before the successor. */
  drain?(): Promise<void>;
  /** Ends its work. */
  stop?(reason: StateReason): void | Promise<void>;
  /** Gives back what others still used while they stopped; called once every part has stopped. */
  close?(reason: StateReason): void | Promise<void>;
}

/** By the name of a part: descriptors of the sockets that it listens on. */
export type Sockets = Readonly<Record<string, readonly number[]>>;

/** Runs a list of parts: one after the other, and backwards whatever ends. */
export function createPartList(parts: readonly Part[], audit: Audit) {
  /** In the order in which they have opened; a hand-over may fail half-way. */
  let frozen: readonly Part[] = [];

  return {
    names: parts.map(({ name }) => name),
    async load(): Promise<void> {
      await Promise.all(parts.map((part) => part.load?.()));
    },
    /** @throws what the first part throws that cannot open; those before it stay open. */
    async open(inherited: Sockets = {}): Promise<void> {
      for (const part of parts) await part.open?.(inherited[part.name] ?? []);
    },
    /** The first is the one that the daemon cannot do without. */
    lend(): Sockets {
      const lent = parts.map((part) => [part.name, part.lend?.() ?? []] as const);
      return Object.fromEntries(lent.filter(([, sockets]) => sockets.length > 0));
    },
    /** @throws what the first part throws that cannot let go; `resume` takes up what was frozen so far. */
    async freeze(): Promise<void> {
      for (const part of parts.toReversed()) {
        frozen = [part, ...frozen];
        await part.freeze?.();
      }
    },
    async resume(lent: Sockets): Promise<void> {
      const resumed = frozen;
      frozen = [];
      await each(resumed, "resume", (part) => part.resume?.(lent[part.name] ?? []));
    },
    async drain(): Promise<void> {
      await Promise.all(parts.map((part) => part.drain?.()));
    },
    /** @throws what the first part threw that did not stop; every other one has had its turn. */
    async stop(reason: StateReason): Promise<void> {
      const faults = [
        ...(await each(parts.toReversed(), "stop", (part) => part.stop?.(reason))),
        ...(await each(parts.toReversed(), "close", (part) => part.close?.(reason))),
      ];
      if (faults.length > 0) throw faults[0];
    },
  };

  /** The fault of one part must not keep the others from their turn. */
  async function each(
    parts: readonly Part[],
    what: string,
    act: (part: Part) => void | Promise<void> | undefined,
  ): Promise<readonly unknown[]> {
    const faults: unknown[] = [];
    for (const part of parts) {
      try {
        await act(part);
      } catch (error) {
        audit("ERROR", `${part.name} did not ${what}: ${describeError(error)}`);
        faults.push(error);
      }
    }
    return faults;
  }
}
