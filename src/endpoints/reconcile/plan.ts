import type { DesiredEndpoint, EndpointSource } from "../endpoint.ts";

/**
 * Successful listings in a row that must miss an endpoint before it goes. With ngrok an agent that starts anew is away for
 * a while; what a file says holds at once.
 */
const LISTINGS_UNTIL_REMOVAL: { readonly [source in EndpointSource["name"]]: number } = { ngrok: 2, static: 1 };

/** An endpoint of one source, and how many listings in a row have missed it. */
interface Wanted {
  readonly endpoint: DesiredEndpoint;
  readonly missed: number;
}

/** By URL. */
export type WantedEndpoints = ReadonlyMap<string, Wanted>;

/** What one source wants after a listing. Two entries with one URL, a pool, are one endpoint with the IDs of both. */
export function noteListing(
  former: WantedEndpoints,
  listed: readonly DesiredEndpoint[],
  source: EndpointSource["name"],
): WantedEndpoints {
  const next = new Map<string, Wanted>();
  for (const endpoint of listed.toSorted((one, other) => compareText(one.ids.join(), other.ids.join()))) {
    const ids = [...(next.get(endpoint.url)?.endpoint.ids ?? []), ...endpoint.ids];
    next.set(endpoint.url, { endpoint: { ...endpoint, ids }, missed: 0 });
  }
  for (const [url, { endpoint, missed }] of former) {
    if (!next.has(url) && missed + 1 < LISTINGS_UNTIL_REMOVAL[source]) next.set(url, { endpoint, missed: missed + 1 });
  }
  return next;
}

/** What is to be done, in this order. */
interface Plan {
  /** URLs. */
  readonly remove: readonly string[];
  readonly keep: readonly DesiredEndpoint[];
  /** HTTP and TLS before plain TCP, which can do with another port; then by URL. */
  readonly add: readonly DesiredEndpoint[];
}

/**
 * Compares what is served with what all sources want; of two that want one URL the first has it.
 * @param served URLs.
 */
export function planChanges(served: readonly string[], sources: readonly WantedEndpoints[]): Plan {
  const wanted = new Map<string, DesiredEndpoint>();
  for (const source of sources) {
    for (const [url, { endpoint }] of source) if (!wanted.has(url)) wanted.set(url, endpoint);
  }
  const inOrder = [...wanted.values()].sort((one, other) => rank(one) - rank(other) || compareText(one.url, other.url));
  const there = new Set(served);
  return {
    remove: served.filter((url) => !wanted.has(url)),
    keep: inOrder.filter(({ url }) => there.has(url)),
    add: inOrder.filter(({ url }) => !there.has(url)),
  };
}

function rank({ protocol }: DesiredEndpoint): number {
  return protocol === "tcp" ? 1 : 0;
}

function compareText(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
