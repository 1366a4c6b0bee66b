import type { Audit } from "../platform/audit.ts";
import { describeError } from "../platform/failure.ts";
import type { StateReason } from "./state/state-document.ts";

/**
 * What the daemon is made of. The list of parts is in the order in which they open: each builds on those before it. All
 * that ends, a stop or a hand-over, goes through the same list backwards.
 */
export interface Part {
  readonly name: string;
  /** Loads its code, as `open` would: a successor does it before anybody waits for it. */
  load?(): Promise<unknown>;
  /** Begins. @throws what keeps the daemon from starting. */
  open?(): void | Promise<void>;
  /** Leaves its work to a successor, so that it can take it up again; no client is refused. */
  freeze?(): void | Promise<void>;
  /** Takes its work up again: the successor has failed. */
  resume?(): void | Promise<void>;
  /** Resolves once it serves nobody any more who came before the successor. */
  drain?(): Promise<void>;
  /** Ends its work. */
  stop?(reason: StateReason): void | Promise<void>;
  /** Gives back what others still used while they stopped; called once every part has stopped. */
  close?(reason: StateReason): void | Promise<void>;
}

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
    async open(): Promise<void> {
      for (const part of parts) await part.open?.();
    },
    /** @throws what the first part throws that cannot let go; `resume` takes up what was frozen so far. */
    async freeze(): Promise<void> {
      for (const part of parts.toReversed()) {
        frozen = [part, ...frozen];
        await part.freeze?.();
      }
    },
    async resume(): Promise<void> {
      const resumed = frozen;
      frozen = [];
      await each(resumed, "resume", (part) => part.resume?.());
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
