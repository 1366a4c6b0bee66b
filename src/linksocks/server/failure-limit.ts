import { isIPv4 } from "../../platform/ip-address.ts";

/** Who guesses tokens is slowed down: 10 a second and address, after the first 100. */
export interface FailureLimit {
  /** Too many failures of late: not even asked. */
  isRefused(address: string): boolean;
  recordFailure(address: string): void;
}

const BURST = 100;
const PER_SECOND = 10;

/** Beyond this, the address that failed longest ago is forgotten. */
const MOST_ADDRESSES = 10_000;

/** @param now a clock in milliseconds that never goes back. */
export function createFailureLimit(now: () => number): FailureLimit {
  const buckets = new Map<string, { failures: number; at: number }>();
  return {
    isRefused: (address) => failuresOf(network(address)) >= BURST,
    recordFailure(address) {
      const key = network(address);
      const failures = Math.min(BURST, failuresOf(key) + 1);
      // Its place in the map is its age.
      buckets.delete(key);
      buckets.set(key, { failures, at: now() });
      const [oldest] = buckets.keys();
      if (buckets.size > MOST_ADDRESSES && oldest !== undefined) buckets.delete(oldest);
    },
  };

  function failuresOf(key: string): number {
    const bucket = buckets.get(key);
    if (bucket === undefined) return 0;
    return Math.max(0, bucket.failures - ((now() - bucket.at) * PER_SECOND) / 1_000);
  }
}

/** One customer has a whole /64 of IPv6. */
function network(address: string): string {
  if (isIPv4(address) || !address.includes(":")) return address;
  const [head = "", tail = ""] = address.split("::");
  const before = head.split(":");
  const missing = tail === "" && !address.includes("::") ? 0 : 8 - before.length - tail.split(":").length;
  return [...before, ...new Array<string>(Math.max(0, missing)).fill("0")].slice(0, 4).join(":");
}
