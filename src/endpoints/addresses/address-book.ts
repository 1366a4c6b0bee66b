import { Failure } from "../../platform/failure.ts";
import { type AddressEntry, readAddressFile, writeAddressFile } from "./address-file.ts";
import type { Subnet } from "./subnet.ts";

/** An endpoint that comes back within this time has its address again, in milliseconds. */
const TOMBSTONE_MS = 30 * 24 * 60 * 60 * 1_000;

/** The machine's own name service and name, as systemd and Debian have them. */
const RESERVED = ["127.0.0.1", "127.0.0.53", "127.0.0.54", "127.0.1.1"];

interface AddressBookOptions {
  readonly path: string;
  readonly subnet: Subnet;
  /** Whether somebody else on this machine has an address. */
  readonly isTaken: (address: string) => boolean;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Which hostname has which address, also over restarts. */
export type AddressBook = ReturnType<typeof openAddressBook>;

/**
 * Gives each hostname an address of its own from a subnet. Its place follows from the name, and only where that is taken
 * from what was there before: even without its file a hostname nearly always has the same address again.
 */
export function openAddressBook({ path, subnet, isTaken, now = Date.now }: AddressBookOptions) {
  const { entries, problems } = readAddressFile(path, subnet, isReserved, timestamp());
  const owners = new Map([...entries].map(([hostname, { ip }]) => [ip, hostname]));
  let isChanged = problems.length > 0;

  return {
    /** What was wrong with the file, in sentences. */
    problems,
    /** The address of a hostname, which may be a new one. @throws Failure `start-failed` where none is left. */
    assign(hostname: string): string {
      const known = entries.get(hostname);
      if (known?.active === true) return known.ip;
      const ip = known?.ip ?? findFree(hostname) ?? evictOldest();
      if (ip === undefined) {
        throw new Failure("start-failed", `no address is left for ${hostname} in ${subnet.text}`, {
          hint: "choose a larger subnet",
        });
      }
      const seen = timestamp();
      entries.set(hostname, { ip, first_seen: known?.first_seen ?? seen, last_seen: seen, active: true });
      owners.set(ip, hostname);
      isChanged = true;
      return ip;
    },
    /**
     * Says which hostnames are wanted, all others being tombstones, and writes the file if anything has changed since the
     * last time. @throws the operating system's error; it is written the next time.
     */
    settle(wanted: ReadonlySet<string>): void {
      const forgotten = new Date(now() - TOMBSTONE_MS).toISOString();
      for (const [hostname, entry] of entries) {
        if (entry.active && !wanted.has(hostname)) {
          entries.set(hostname, { ...entry, active: false, last_seen: timestamp() });
          isChanged = true;
        } else if (!entry.active && entry.last_seen < forgotten) forget(hostname, entry);
      }
      if (!isChanged) return;
      writeAddressFile(path, subnet, entries);
      isChanged = false;
    },
    /** How many addresses are in use, and how many could be given. */
    count(): { readonly used: number; readonly free: number } {
      const used = [...entries.values()].filter(({ active }) => active).length;
      return { used, free: subnet.size - RESERVED_PLACES - used };
    },
  };

  function findFree(hostname: string): string | undefined {
    const start = Bun.hash.xxHash32(hostname) % subnet.size;
    for (let step = 0; step < subnet.size; step += 1) {
      const index = (start + step) % subnet.size;
      const ip = subnet.at(index);
      if (!owners.has(ip) && !isReserved(index) && !isTaken(ip)) return ip;
    }
    return undefined;
  }

  function evictOldest(): string | undefined {
    const [oldest] = [...entries]
      .filter(([, { active }]) => !active)
      .sort(([, one], [, other]) => (one.last_seen < other.last_seen ? -1 : 1));
    if (oldest === undefined) return undefined;
    forget(...oldest);
    return oldest[1].ip;
  }

  function forget(hostname: string, { ip }: AddressEntry): void {
    entries.delete(hostname);
    owners.delete(ip);
    isChanged = true;
  }

  /** The network itself, its first host, which is the gateway elsewhere, and the broadcast address. */
  function isReserved(index: number): boolean {
    return index <= 1 || index === subnet.size - 1 || RESERVED.includes(subnet.at(index));
  }

  function timestamp(): string {
    return new Date(now()).toISOString();
  }
}

const RESERVED_PLACES = 3;
