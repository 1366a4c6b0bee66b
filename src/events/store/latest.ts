import type { NumberedEvent, WireEvent } from "../event.ts";
import { QUOTE } from "./store.ts";

/** What is last known and not in the database: this daemon's status and the latest quotes. */
export interface Latest {
  note(event: NumberedEvent): void;
  /** Of everybody; null before the first. */
  readonly status: WireEvent | undefined;
  /** Of one account or of all, those that changed last at the end. */
  quotes(account?: number): readonly WireEvent[];
}

/** @param limit how many quotes are kept; the one that has not changed for longest goes first. */
export function createLatest(limit: number): Latest {
  const quotes = new Map<string, WireEvent>();
  let status: WireEvent | undefined;
  return {
    note({ type, account_id, data }) {
      const event = { type, account_id, data };
      if (type === "daemon_status") status = event;
      if (type !== QUOTE) return;
      const key = `${account_id} ${data["contractId"]}`;
      quotes.delete(key);
      quotes.set(key, event);
      if (quotes.size <= limit) return;
      for (const oldest of quotes.keys()) {
        quotes.delete(oldest);
        return;
      }
    },
    get status() {
      return status;
    },
    quotes(account) {
      const all = [...quotes.values()];
      return account === undefined ? all : all.filter((event) => event.account_id === account);
    },
  };
}
