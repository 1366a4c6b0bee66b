// Every kind of tunnel. A kind is a folder beside this file and an entry below: what recognizes its configs, and how its
// driver is loaded. No driver is loaded before a tunnel of its kind is asked for.

import { foldCase, type IniSection } from "./config/ini.ts";
import type { TunnelDriver } from "./driver/driver.ts";
import type { LinksocksDriverParts } from "./linksocks/driver.ts";
import { sweepDerivedConfigs } from "./wireproxy/derived-file.ts";
import type { WireproxyDriverParts } from "./wireproxy/driver.ts";

/** What the drivers together need of their surroundings. */
export type DriverParts = WireproxyDriverParts & LinksocksDriverParts;

export interface TunnelKind {
  readonly kind: string;
  /** Whether a config with these sections is of this kind. */
  recognizes(sections: readonly IniSection[]): boolean;
  loadDriver(parts: DriverParts): Promise<TunnelDriver>;
  /** Its tunnels end with the daemon and leave no record: the next daemon has to start them anew. */
  readonly endsWithDaemon: boolean;
  /** Removes, when a daemon starts, what one that was killed may have left. */
  removeLeftovers?(parts: Pick<DriverParts, "paths" | "register">): void;
}

const linksocks = {
  kind: "linksocks",
  recognizes: (sections) => hasSection(sections, "linksocks"),
  loadDriver: async (parts) => (await import("./linksocks/driver.ts")).createLinksocksDriver(parts),
  endsWithDaemon: true,
} as const satisfies TunnelKind;

const wireproxy = {
  kind: "wireproxy",
  recognizes: (sections) => hasSection(sections, "interface") || hasSection(sections, "peer"),
  loadDriver: async (parts) => (await import("./wireproxy/driver.ts")).createWireproxyDriver(parts),
  endsWithDaemon: false,
  removeLeftovers({ paths, register }) {
    sweepDerivedConfigs(
      paths.derived,
      register.list().flatMap(({ derivedFile }) => derivedFile ?? []),
    );
  },
} as const satisfies TunnelKind;

/** Where a config could be of two kinds, the first has it. */
export const TUNNEL_KINDS: readonly TunnelKind[] = [linksocks, wireproxy];

/** The kind whose processes are on record: those of every other end with the daemon. */
export const RECORDED_KIND: TunnelKind = wireproxy;

/** A config that no kind recognizes is taken for wireproxy's, whose findings say what it lacks. */
export function kindOf(sections: readonly IniSection[]): TunnelKind {
  return TUNNEL_KINDS.find((kind) => kind.recognizes(sections)) ?? wireproxy;
}

function hasSection(sections: readonly IniSection[], wanted: string): boolean {
  return sections.some(({ name }) => foldCase(name) === wanted);
}
