import * as v from "valibot";
import { attemptOr } from "../../platform/failure.ts";
import { readTextIfThere, replaceFile } from "../../platform/files/files.ts";

const LAST_PORT = 65_535;

const Document = v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LAST_PORT)));

/** Which endpoint listens on which port of the machine's network, also over restarts. */
export type NetworkPorts = ReturnType<typeof openNetworkPorts>;

/**
 * Ports in place of those that endpoints have in their URLs, by `hostname:port`, in the file that ngrokd has: an object
 * of numbers. A file that is none begins anew.
 * @param first the lowest that is given.
 */
export function openNetworkPorts(path: string, first: number) {
  const ports = new Map(readPorts(path));
  let isChanged = false;

  return {
    /** The one that an endpoint has had. */
    known: (key: string): number | undefined => ports.get(key),
    /** The lowest that no endpoint has, from `from` on; undefined where there is none. */
    findFree(from = first): number | undefined {
      const taken = new Set(ports.values());
      for (let port = from; port <= LAST_PORT; port += 1) if (!taken.has(port)) return port;
      return undefined;
    },
    assign(key: string, port: number): void {
      ports.set(key, port);
      isChanged = true;
    },
    /** Forgets those of endpoints that are gone, and writes the file if anything has changed. @throws the system's error. */
    settle(wanted: ReadonlySet<string>): void {
      for (const key of ports.keys()) if (!wanted.has(key) && ports.delete(key)) isChanged = true;
      if (!isChanged) return;
      const inOrder = Object.fromEntries([...ports].sort(([one], [other]) => (one < other ? -1 : 1)));
      replaceFile(path, `${JSON.stringify(inOrder, undefined, 2)}\n`);
      isChanged = false;
    },
  };
}

function readPorts(path: string): readonly (readonly [string, number])[] {
  const read = v.safeParse(
    Document,
    attemptOr(undefined, () => JSON.parse(readTextIfThere(path) ?? "")),
  );
  if (!read.success) return [];
  // Of two with one port the first keeps it.
  const taken = new Set<number>();
  return Object.entries(read.output).filter(([, port]) => !taken.has(port) && taken.add(port));
}
