/** Addresses come and go with networks, and listing them costs some system calls. */
const LOOK_EVERY_MS = 1_000;

let seen: ReadonlySet<string> = new Set();
let lookedAt = Number.NEGATIVE_INFINITY;

/** Whether one of this machine's interfaces has this address; as they were up to a second ago. */
export function hasOwnAddress(address: string): boolean {
  const now = performance.now();
  if (now - lookedAt >= LOOK_EVERY_MS) {
    lookedAt = now;
    seen = new Set(listAddresses());
  }
  return seen.has(address.replace(/%.*/, ""));
}

function listAddresses(): readonly string[] {
  // Loaded when an exit first asks: an idle daemon does without.
  const { networkInterfaces } = process.getBuiltinModule("node:os");
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address) ?? []);
}
