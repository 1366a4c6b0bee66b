import { dirname, join } from "node:path";
import { formatHostAndPort } from "../../../net/host-and-port.ts";
import type { Finding } from "../../config/finding.ts";
import { LISTENER_KINDS, readListener, readServerTunnel, readStdioTunnel } from "../../config/listeners.ts";
import type { Environment, SectionReader } from "../../config/section-reader.ts";
import { pathSchema, strategySchema } from "../../config/value-schemas.ts";
import { checkConfig } from "./check.ts";
import { type ConfigSource, openSource } from "./config-source.ts";
import type { KnownSection } from "./known-sections.ts";
import type { Listener, WireproxyConfig } from "./model.ts";
import { readInterface, readPeer } from "./wireguard-sections.ts";

export interface ParseOptions {
  /** The config's absolute path: for messages, and for a WGConfig beside it. */
  readonly file: string;
  /** What `$NAME` is looked up in: the environment that wireproxy will get. */
  readonly environment: Environment;
  /** Gives the text of another file that the config names, or throws. */
  readonly readFile: (path: string) => string;
  /** The permission bits of the file, where there is one yet. */
  readonly mode?: number | undefined;
  /** `os.release()` on Linux; undefined elsewhere. */
  readonly linuxRelease?: string | undefined;
}

export interface ParsedConfig {
  readonly config: WireproxyConfig;
  /** By file and line, this file first. Without an error among them, `config` is complete. */
  readonly findings: readonly Finding[];
}

/**
 * Reads a config the way wireproxy 1.1.3 does, and checks all that can be known before a start; reference page
 * wireproxy-daemon.md sections 8.3 and 10.
 * @throws Failure `config-invalid` where the text is no INI file, in this file or the one that WGConfig names.
 */
export function parseConfig(text: string, options: ParseOptions): ParsedConfig {
  const findings: Finding[] = [];
  const main = openSource(text, options.file, options.environment, findings);
  const wireguard = main.top.has("WGConfig") ? openWireguardFile(main, options, findings) : main;
  const sections = joinSections(main, wireguard);
  const named = (name: KnownSection) => sections.filter((section) => section.name === name);

  const [settings] = named("Interface").map(({ reader }) => readInterface(reader));
  const listeners = readListeners(sections, options.readFile);
  for (const { reader } of named("TCPServerTunnel")) readServerTunnel(reader);
  for (const { reader } of named("STDIOTunnel")) readStdioTunnel(reader);
  const config: WireproxyConfig = {
    interface: settings?.settings,
    peers: named("Peer").map(({ reader }) => readPeer(reader)),
    listeners,
    sections: sections.map(({ name, reader }) => ({ name, line: reader.line })),
    resolveStrategy: readStrategy(named("Resolve").map(({ reader }) => reader)),
    socks5Addresses: listeners.filter((listener) => listener.kind === "socks5").map(formatHostAndPort),
    privateKeyFingerprint: settings?.privateKeyFingerprint ?? "",
  };
  findings.push(...checkConfig(config, { ...options, text, wireguardFile: wireguard?.file }));
  const rank = (finding: Finding) => (finding.file === options.file ? 0 : 1);
  return { config, findings: findings.sort((one, other) => rank(one) - rank(other) || one.line - other.line) };
}

/** @returns undefined where the file cannot be had; a finding says so. */
function openWireguardFile(main: ConfigSource, options: ParseOptions, findings: Finding[]): ConfigSource | undefined {
  const hint = "write an absolute path, or the bare name of a file beside this one";
  const path = main.top.optional("WGConfig", { schema: pathSchema, hint, dollar: "literal" });
  if (path === undefined) return undefined;
  const line = main.top.lineOf("WGConfig");
  if (path.includes("/") && !path.startsWith("/")) {
    main.top.report("error", line, "WGConfig is relative to wherever the daemon was started", hint);
    return undefined;
  }
  const file = path.startsWith("/") ? path : join(dirname(options.file), path);
  const text = readOrUndefined(file, options.readFile);
  if (text === undefined) {
    main.top.report("error", line, "WGConfig names a file that cannot be read", hint);
    return undefined;
  }
  return openSource(text, file, options.environment, findings);
}

/** What a second file gives is the WireGuard half, and then it gives that alone. */
function joinSections(main: ConfigSource, wireguard: ConfigSource | undefined): ConfigSource["sections"] {
  if (wireguard === main) return main.sections;
  const isWireguard = ({ name }: { readonly name: KnownSection }) => name === "Interface" || name === "Peer";
  for (const { reader } of main.sections.filter(isWireguard)) {
    reader.report(
      "warning",
      reader.line,
      "wireproxy ignores this section, because WGConfig names another file for it",
      "remove the section, or WGConfig",
    );
  }
  const second = wireguard?.sections ?? [];
  for (const { reader } of second.filter((section) => !isWireguard(section))) {
    reader.report(
      "warning",
      reader.line,
      "wireproxy ignores this section: of this file it reads only [Interface] and [Peer]",
      "move it to the config that names this file",
    );
  }
  return [...second.filter(isWireguard), ...main.sections.filter((section) => !isWireguard(section))];
}

function readListeners(sections: ConfigSource["sections"], readFile: ParseOptions["readFile"]): readonly Listener[] {
  return sections.flatMap(({ name, reader }) => {
    const kind = LISTENER_KINDS[name];
    const listener = kind === undefined ? undefined : readListener(reader, kind, readFile);
    return listener === undefined ? [] : [listener];
  });
}

/** Only the first `[Resolve]` counts; without its key every name fails. */
function readStrategy([first, ...others]: readonly SectionReader[]): WireproxyConfig["resolveStrategy"] {
  for (const other of others) {
    other.report("warning", other.line, "only the first [Resolve] counts", "remove this section");
  }
  const hint = "write auto, ipv4 or ipv6, or remove the section: otherwise no name can be resolved";
  return first?.required("ResolveStrategy", { schema: strategySchema, hint }) ?? "auto";
}

function readOrUndefined(path: string, readFile: ParseOptions["readFile"]): string | undefined {
  try {
    return readFile(path);
  } catch {
    return undefined;
  }
}
