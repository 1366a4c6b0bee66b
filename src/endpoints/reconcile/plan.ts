import type { DesiredEndpoint } from "../endpoint.ts";

/** Successful polls in a row that must miss an endpoint before it goes: an agent that starts anew is away for a while. */
const POLLS_UNTIL_REMOVAL = 2;

/** An endpoint that stands, and how many polls in a row have missed it. */
export interface Standing {
  readonly endpoint: DesiredEndpoint;
  readonly missed: number;
}

/** What one poll changes, in the order in which it is to be done. */
export interface Plan {
  readonly remove: readonly DesiredEndpoint[];
  readonly add: readonly DesiredEndpoint[];
  /** All that stands afterwards, by URL. */
  readonly standing: ReadonlyMap<string, Standing>;
}

/**
 * Compares what stands with what one source wants. The order of `desired` does not matter; of two entries with one URL
 * the IDs are joined.
 */
export function planChanges(standing: ReadonlyMap<string, Standing>, desired: readonly DesiredEndpoint[]): Plan {
  const wanted = joinPools(desired);
  const next = new Map<string, Standing>();
  const remove: DesiredEndpoint[] = [];
  for (const [url, { endpoint, missed }] of standing) {
    if (wanted.has(url)) continue;
    if (missed + 1 < POLLS_UNTIL_REMOVAL) next.set(url, { endpoint, missed: missed + 1 });
    else remove.push(endpoint);
  }
  for (const [url, endpoint] of wanted) next.set(url, { endpoint, missed: 0 });
  return { remove, add: [...wanted.values()].filter(({ url }) => !standing.has(url)), standing: next };
}

/**
 * By URL, in the order in which they are bound: HTTP and TLS before what is plain TCP, which can do with another port, and
 * then by URL.
 */
function joinPools(desired: readonly DesiredEndpoint[]): ReadonlyMap<string, DesiredEndpoint> {
  const joined = new Map<string, DesiredEndpoint>();
  for (const endpoint of desired.toSorted(compare)) {
    const known = joined.get(endpoint.url);
    joined.set(endpoint.url, known === undefined ? endpoint : { ...known, ids: [...known.ids, ...endpoint.ids] });
  }
  return joined;
}

function compare(one: DesiredEndpoint, other: DesiredEndpoint): number {
  return rank(one) - rank(other) || compareText(one.url, other.url) || compareText(one.ids.join(), other.ids.join());
}

function rank({ protocol }: DesiredEndpoint): number {
  return protocol === "tcp" ? 1 : 0;
}

function compareText(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
