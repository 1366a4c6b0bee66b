/** How much is kept of each list; a screen shows no more. */
export const KEPT = { actions: 20, lockouts: 5, notices: 2, trades: 500 } as const;
