import { network } from "./failure-limit.ts";

/** WebSockets that have not said who they are: what an attacker can have open at a time, and what one address can. */
const MOST_WAITING = 1_024;
const MOST_OF_ONE_ADDRESS = 64;

/**
 * Over TLS the first message cannot be watched, and may take what Bun keeps of any: 32 MiB each, of the few that
 * authenticate by message.
 */
const MOST_UNWATCHED = 16;

/**
 * Counts the WebSockets of a server that are not authenticated yet.
 * @param isWatched the first message of each is known to be short before it is read.
 */
export function createWaitingRoom(isWatched: boolean) {
  const counts = new Map<string, number>();
  let all = 0;
  return {
    isFull(address: string, says: "in-url" | "by-message"): boolean {
      if (!isWatched && says === "by-message" && all >= MOST_UNWATCHED) return true;
      return all >= MOST_WAITING || (counts.get(network(address)) ?? 0) >= MOST_OF_ONE_ADDRESS;
    },
    /** @returns what takes it out again; further calls do nothing. */
    enter(address: string): () => void {
      const key = network(address);
      add(key, 1);
      let hasLeft = false;
      return () => {
        if (!hasLeft) add(key, -1);
        hasLeft = true;
      };
    },
  };

  function add(key: string, change: 1 | -1): void {
    all += change;
    const count = (counts.get(key) ?? 0) + change;
    if (count === 0) counts.delete(key);
    else counts.set(key, count);
  }
}
