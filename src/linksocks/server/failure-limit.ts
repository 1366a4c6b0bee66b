import { toAddressBytes } from "../../net/address-range.ts";

const BURST = 100;
const PER_SECOND = 10;

/** Beyond this, the address that failed longest ago is forgotten. */
const MOST_ADDRESSES = 10_000;

/** Who guesses tokens is slowed down: 10 a second and address, after the first 100. */
export type FailureLimit = ReturnType<typeof createFailureLimit>;

/** @param now a clock in milliseconds that never goes back. */
export function createFailureLimit(now: () => number) {
  const buckets = new Map<string, { failures: number; at: number }>();
  return {
    // Failures are forgiven by fractions: less than one whole failure below the limit still counts as full.
    /** Too many failures of late: not even asked. */
    isRefused: (address: string): boolean => failuresOf(network(address)) > BURST - 1,
    recordFailure(address: string): void {
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

/** What counts as one address: a customer has a whole /64 of IPv6. */
export function network(address: string): string {
  return toAddressBytes(address)?.slice(0, 8).join(".") ?? address;
}
