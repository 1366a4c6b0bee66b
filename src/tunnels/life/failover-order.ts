/** Whose peer carries a tunnel: its own config's, or one of its failover list, in turn. */
export interface FailoverOrder {
  /** Config with suffix; null: its own. */
  current(): string | null;
  /** Moves on to the next. @returns false where there is no other. */
  advance(): boolean;
  /** Whether every one of them had its turn. */
  isExhausted(): boolean;
  /** Each has a turn again, the current one first. */
  renew(): void;
  select(config: string | null): void;
  /** Back to its own. */
  reset(): void;
}

export function createFailoverOrder(failover: readonly string[]): FailoverOrder {
  const order: readonly (string | null)[] = [null, ...failover];
  let index = 0;
  let turns = 0;

  return {
    current: () => order[index] ?? null,
    advance() {
      if (order.length === 1) return false;
      index = (index + 1) % order.length;
      turns += 1;
      return true;
    },
    isExhausted: () => turns >= order.length - 1,
    renew() {
      turns = 0;
    },
    select(config) {
      index = Math.max(0, order.indexOf(config));
    },
    reset() {
      index = 0;
      turns = 0;
    },
  };
}
