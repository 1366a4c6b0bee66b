export type FailoverOrder = ReturnType<typeof createFailoverOrder>;

/**
 * Whose way out carries a tunnel: its own config's, or one of its failover list, in turn.
 * @param failover configs with suffix.
 */
export function createFailoverOrder(failover: readonly string[]) {
  const order: readonly (string | null)[] = [null, ...failover];
  let index = 0;
  let turns = 0;

  return {
    /** Config with suffix; null: its own. */
    current: (): string | null => order[index] ?? null,
    /** Moves on to the next. @returns false where there is no other. */
    advance(): boolean {
      if (order.length === 1) return false;
      index = (index + 1) % order.length;
      turns += 1;
      return true;
    },
    /** Whether every one of them had its turn. */
    isExhausted: () => turns >= order.length - 1,
    /** Each has a turn again, the current one first. */
    renew(): void {
      turns = 0;
    },
    /** Begins with the one that carries it already. */
    select(config: string | null): void {
      index = Math.max(0, order.indexOf(config));
    },
    /** Back to its own. */
    reset(): void {
      index = 0;
      turns = 0;
    },
  };
}
