import { isIP } from "../../platform/network/ip-address.ts";
import { settlesWithin } from "../../platform/waiting.ts";

/** A target that cannot be reached. Its message goes over the wire, so it is short and names no secret. */
export class DialError extends Error {}

/** More addresses of a name are not tried. */
const MOST_ADDRESSES = 8;

/** How long the runtime's resolver is waited for; then there is time left for the system's. */
const RESOLVER_MS = 4_000;

/**
 * Names that the system's resolver is asked for at a time, and that wait for it. Each holds one of the runtime's few threads,
 * which read files too, and may do so for half a minute where no server answers.
 */
const AT_ONCE = Math.max(1, Math.floor(navigator.hardwareConcurrency / 2));
const MOST_WAITING = 256;

let asked = 0;
const waiting: (() => void)[] = [];

/**
 * The addresses of a host, in the order of RFC 6724; of an address, itself. On Linux the runtime's resolver is asked first,
 * which waits without a thread; the system's knows more: names of the local network, and servers that have changed.
 * @throws DialError `host not found`.
 */
export async function resolveHost(host: string): Promise<readonly string[]> {
  if (isIP(host)) return [host];
  const found = (await askRuntime(host)) ?? (await askSystem(host));
  if (found === undefined || found.length === 0) throw new DialError("host not found");
  return [...new Set(found.map(({ address }) => address))].slice(0, MOST_ADDRESSES);
}

/** What ends in a number is an address in the system's eyes, `0177.0.0.1` being 127.0.0.1, and not in the runtime's. */
const NUMBER = /(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/i;

async function askRuntime(host: string): Promise<readonly Bun.DNSLookup[] | undefined> {
  if (process.platform !== "linux" || NUMBER.test(host)) return undefined;
  const answer = Bun.dns.lookup(host, { backend: "c-ares" }).catch(() => undefined);
  return (await settlesWithin(answer, RESOLVER_MS)) ? await answer : undefined;
}

async function askSystem(host: string): Promise<readonly Bun.DNSLookup[] | undefined> {
  if (asked >= AT_ONCE) {
    if (waiting.length >= MOST_WAITING) return undefined;
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  asked += 1;
  try {
    return await Bun.dns.lookup(host, { backend: "system" }).catch(() => undefined);
  } finally {
    asked -= 1;
    waiting.shift()?.();
  }
}
