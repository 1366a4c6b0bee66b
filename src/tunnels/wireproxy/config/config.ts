import { basename, dirname, join } from "node:path";
import * as v from "valibot";
import { Secret } from "../../../platform/secret.ts";
import { parseIni } from "../../config/dialect/ini.ts";
import { reportUnknown } from "../../config/dialect/known-keys.ts";
import {
  createSectionReader,
  type NamedSection,
  openSections,
  type SectionReader,
} from "../../config/dialect/section-reader.ts";
import { pathSchema } from "../../config/dialect/value-schemas.ts";
import { type Finding, reportTo } from "../../config/finding.ts";
import { readListeners } from "../../config/listeners.ts";
import type { ParseOptions, TunnelConfig } from "../../config/tunnel-config.ts";
import { isWayIn, type WayIn } from "../../config/ways-in.ts";
import { checkConfig, checkCounts } from "./check.ts";
import { checkCarriage } from "./check-carriage.ts";
import { type KnownSection, SECTION_NAMES, VOCABULARY } from "./vocabulary.ts";
import { readInterface, readPeer, type WireguardSettings } from "./wireguard-sections.ts";

/**
 * Reads a config the way wireproxy 1.1.3 does, and checks all that can be known before a start.
 * @throws Failure `config-invalid` where the text is no INI file, in this file or the one that WGConfig names.
 */
export function parseWireproxyConfig(text: string, options: ParseOptions): TunnelConfig<WireguardSettings> {
  const findings: Finding[] = [];
  const main = openFile(text, options.file, options, findings);
  const wireguard = main.top.has("WGConfig") ? openWireguardFile(main, options, findings) : main;
  const sections = joinSections(main, wireguard);
  const named = (name: KnownSection) => sections.flatMap((section) => (section.name === name ? [section.reader] : []));

  const [own] = named("Interface").map(readInterface);
  const peers = named("Peer").map(readPeer);
  if (own !== undefined) checkCarriage(own, peers);
  const listeners = readListeners(sections.filter(isListener), options.readFile);
  checkStrategy(named("Resolve"));
  if (wireguard !== undefined) checkCounts(sections, reportTo(findings, wireguard.file));
  checkConfig({ sections, listeners, text, ...options }, reportTo(findings, options.file));
  const rank = (finding: Finding) => (finding.file === options.file ? 0 : 1);
  return {
    listeners,
    listensHere: true,
    peers: peers.flatMap(({ endpoint }) => endpoint ?? []),
    wayOut: own?.privateKey && {
      privateKey: new Secret(own.privateKey),
      listenPort: own.listenPort,
      isCalled: peers.some(({ section }) => !section.has("Endpoint")),
    },
    findings: findings.sort((one, other) => rank(one) - rank(other) || one.line - other.line),
  };
}

/** One file of a config: a config may spread over two. */
interface ConfigFile {
  readonly file: string;
  /** The keys before the first section. */
  readonly top: SectionReader;
  /** The sections that wireproxy knows, in order. */
  readonly sections: readonly NamedSection<KnownSection>[];
}

/** What wireproxy would ignore in the file becomes findings at once. */
function openFile(text: string, file: string, { environment }: ParseOptions, findings: Finding[]): ConfigFile {
  const parsed = parseIni(text, basename(file));
  const report = reportTo(findings, file);
  reportUnknown(parsed, VOCABULARY, report);
  const source = { environment, report };
  const [top = { name: "", line: 1, keys: [] }] = parsed;
  return { file, top: createSectionReader(top, source), sections: openSections(parsed, SECTION_NAMES, source) };
}

/** @returns undefined where the file cannot be had; a finding says so. */
function openWireguardFile(main: ConfigFile, options: ParseOptions, findings: Finding[]): ConfigFile | undefined {
  const hint = "write an absolute path, or the bare name of a file beside this one";
  const path = main.top.optional("WGConfig", { schema: pathSchema, hint, dollar: "literal" });
  if (path === undefined) return undefined;
  if (path.includes("/") && !path.startsWith("/")) {
    main.top.report("error", "WGConfig", "WGConfig is relative to wherever the daemon was started", hint);
    return undefined;
  }
  const file = path.startsWith("/") ? path : join(dirname(options.file), path);
  const text = options.readFile(file);
  if (text !== undefined) return openFile(text, file, options, findings);
  main.top.report("error", "WGConfig", "WGConfig names a file that cannot be read", hint);
  return undefined;
}

/** What a second file gives is the WireGuard half, and then it gives that alone. */
function joinSections(main: ConfigFile, wireguard: ConfigFile | undefined): ConfigFile["sections"] {
  if (wireguard === main) return main.sections;
  const isWireguard = ({ name }: NamedSection<KnownSection>) => name === "Interface" || name === "Peer";
  for (const { reader } of main.sections.filter(isWireguard)) {
    const message = "wireproxy ignores this section, because WGConfig names another file for it";
    reader.report("warning", undefined, message, "remove the section, or WGConfig");
  }
  const second = wireguard?.sections ?? [];
  for (const { reader } of second.filter((section) => !isWireguard(section))) {
    const message = "wireproxy ignores this section: of this file it reads only [Interface] and [Peer]";
    reader.report("warning", undefined, message, "move it to the config that names this file");
  }
  return [...second.filter(isWireguard), ...main.sections.filter((section) => !isWireguard(section))];
}

function isListener(section: NamedSection<KnownSection>): section is NamedSection<WayIn> {
  return isWayIn(section.name);
}

/** Only the first `[Resolve]` counts; without its key every name fails. */
function checkStrategy([first, ...others]: readonly SectionReader[]): void {
  for (const other of others) {
    other.report("warning", undefined, "only the first [Resolve] counts", "remove this section");
  }
  first?.required("ResolveStrategy", {
    schema: v.picklist(["auto", "ipv4", "ipv6"], "is not one of auto, ipv4 and ipv6, in lower case"),
    hint: "write auto, ipv4 or ipv6, or remove the section: otherwise no name can be resolved",
  });
}
