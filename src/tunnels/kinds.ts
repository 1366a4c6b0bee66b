// Every kind of tunnel. A kind is a folder beside this file and an entry below: what recognizes its configs, how they are
// read, and how its driver is loaded. Neither reader nor driver is loaded before it is asked for.

import { basename } from "node:path";
import { foldCase, type IniSection, parseIni } from "./config/dialect/ini.ts";
import type { Vocabulary } from "./config/dialect/known-keys.ts";
import type { ReadBeside, Translation } from "./config/store/source-text.ts";
import type { ParseOptions, TunnelConfig } from "./config/tunnel-config.ts";
import type { DriverParts, TunnelDriver } from "./driver/driver.ts";
import { VOCABULARY as linksocksVocabulary } from "./linksocks/vocabulary.ts";
import { VOCABULARY as wireproxyVocabulary } from "./wireproxy/config/vocabulary.ts";
import { sweepDerivedConfigs } from "./wireproxy/derived-file.ts";
import type { WireproxyDriverParts } from "./wireproxy/driver.ts";

/** What the drivers of all kinds together need of their surroundings. */
export type AllDriverParts = DriverParts & WireproxyDriverParts;

export interface TunnelKind {
  readonly kind: string;
  /** Whether a config with these sections is of this kind. */
  recognizes(sections: readonly IniSection[]): boolean;
  /** What its configs consist of. */
  readonly vocabulary: Vocabulary;
  /** Reads and checks one of its configs. @throws Failure `config-invalid` where a text is no INI file. */
  parse(text: string, options: ParseOptions): Promise<TunnelConfig>;
  /** Puts a config that another program of this kind takes into words of this one. @throws Failure `config-invalid`. */
  translate?(text: string, file: string, readBeside?: ReadBeside): Promise<Translation>;
  loadDriver(parts: AllDriverParts): Promise<TunnelDriver>;
  /** Its tunnels end with the daemon and leave no record: the next daemon has to start them anew. */
  readonly endsWithDaemon: boolean;
  /** Removes, when a daemon starts, what one that was killed may have left. */
  removeLeftovers?(parts: Pick<DriverParts, "paths" | "register">): void;
}

const linksocks = {
  kind: "linksocks",
  recognizes: (sections) => hasSection(sections, "linksocks"),
  vocabulary: linksocksVocabulary,
  parse: async (text, options) => (await import("./linksocks/config.ts")).parseLinksocksConfig(text, options),
  loadDriver: async (parts) => (await import("./linksocks/driver.ts")).createLinksocksDriver(parts),
  endsWithDaemon: true,
} as const satisfies TunnelKind;

const wireproxy = {
  kind: "wireproxy",
  recognizes: (sections) => hasSection(sections, "interface") || hasSection(sections, "peer"),
  vocabulary: wireproxyVocabulary,
  parse: async (text, options) => (await import("./wireproxy/config/config.ts")).parseWireproxyConfig(text, options),
  translate: async (text, file, readBeside) =>
    (await import("./wireproxy/config/translate.ts")).translateFromWgQuick(text, file, readBeside),
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

/** Whether a key of that name holds a secret in a config of some kind; letter case does not count. */
export function isSecretKey(name: string): boolean {
  const folded = foldCase(name);
  return TUNNEL_KINDS.some(({ vocabulary }) => vocabulary.secretKeys.some((key) => foldCase(key) === folded));
}

/** Reads and checks a config of any kind. @throws Failure `config-invalid` where a text is no INI file. */
export async function parseConfig(text: string, options: ParseOptions): Promise<TunnelConfig> {
  return await kindOf(parseIni(text, basename(options.file))).parse(text, options);
}

/** As its kind translates it; as it is, for a kind that has nothing to translate. @throws Failure `config-invalid`. */
export async function translateConfig(text: string, file: string, readBeside?: ReadBeside): Promise<Translation> {
  const kind = kindOf(parseIni(text, file));
  return (await kind.translate?.(text, file, readBeside)) ?? { text, changes: [] };
}

function hasSection(sections: readonly IniSection[], wanted: string): boolean {
  return sections.some(({ name }) => foldCase(name) === wanted);
}
