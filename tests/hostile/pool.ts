import type { Door, Visit } from "./door.ts";
import type { Peer } from "./peer.ts";

/**
 * A door at which the program comes to the peer: each of `keys` serves one visit at a time.
 * @param open gives the peer of a key, anew with each call.
 */
export function createPool<Key>(
  keys: readonly Key[],
  open: (key: Key) => Promise<Peer & Partial<Pick<Visit, "steps">>>,
  steps: readonly Uint8Array[] = [],
): Pick<Door, "crowd" | "isSlow" | "visit"> {
  const free = [...keys];
  const waiting: ((key: Key) => void)[] = [];

  return {
    crowd: keys.length,
    isSlow: true,
    async visit() {
      const key = free.shift() ?? (await new Promise<Key>((resolve) => waiting.push(resolve)));
      const peer = await open(key);
      const close = () => {
        peer[Symbol.dispose]();
        const next = waiting.shift();
        if (next === undefined) free.push(key);
        else next(key);
      };
      return { peer: { ...peer, [Symbol.dispose]: close }, steps: peer.steps ?? steps };
    },
  };
}
