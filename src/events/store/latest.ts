import { type NumberedEvent, quoteKeyOf, type WireEvent } from "../event.ts";

/**
 * What is last known and not in the database: this daemon's status and the latest quotes.
 * @param limit how many quotes are kept; the one that has not changed for longest goes first.
 */
export function createLatest(limit: number) {
  const quotes = new Map<string, WireEvent>();
  let status: WireEvent | undefined;
  return {
    note({ type, account_id, data }: NumberedEvent): void {
      const event = { type, account_id, data };
      if (type === "daemon_status") status = event;
      const key = quoteKeyOf(event);
      if (key === undefined) return;
      quotes.delete(key);
      quotes.set(key, event);
      if (quotes.size <= limit) return;
      for (const oldest of quotes.keys()) {
        quotes.delete(oldest);
        return;
      }
    },
    /** The last daemon_status; undefined before the first. */
    get status(): WireEvent | undefined {
      return status;
    },
    /** The quotes of one account or of all, those that changed last at the end. */
    quotes(account?: number): readonly WireEvent[] {
      const all = [...quotes.values()];
      return account === undefined ? all : all.filter((event) => event.account_id === account);
    },
  };
}
