import { basename } from "node:path";
import { formatHostAndPort, hostOfUrl } from "../../net/host-and-port.ts";
import { checkArgusPort, checkExposure, isLoopback } from "../config/check-listeners.ts";
import type { Finding } from "../config/finding.ts";
import type { IniSection } from "../config/ini.ts";
import { parseIni } from "../config/ini.ts";
import { createSectionReader } from "../config/section-reader.ts";
import { checkMode } from "../wireproxy/config/check.ts";
import type { ParseOptions } from "../wireproxy/config/config.ts";
import { findUnknown, linksocksSection } from "./known-keys.ts";
import { type LinkSettings, readLinkSection } from "./link-section.ts";
import { readSocksSection, type SocksSettings } from "./socks-section.ts";
import { parseServerUrl } from "./value-schemas.ts";

export interface LinksocksConfig {
  /** Undefined where its section cannot be read, which is a finding. */
  readonly link: LinkSettings | undefined;
  /** Undefined for a provider too. */
  readonly socks: SocksSettings | undefined;
}

export interface ParsedLinksocksConfig {
  readonly config: LinksocksConfig;
  /** `host:port` of its SOCKS5 listener, if any. */
  readonly socks5Addresses: readonly string[];
  /** By line. Without an error among them, `config` is complete. */
  readonly findings: readonly Finding[];
}

/**
 * Reads the config of a LinkSocks tunnel, in wireproxy's INI dialect, and checks all that can be known before a start.
 * Its secrets are in the result, and in no finding.
 * @throws Failure `config-invalid` where the text is no INI file.
 */
export function parseLinksocksConfig(text: string, options: ParseOptions): ParsedLinksocksConfig {
  const sections = parseIni(text, basename(options.file));
  const findings: Finding[] = [...findUnknown(sections, options.file)];
  const link = readLink(sections, options, findings);
  const socks = readSocks(sections, options, findings);
  if (link !== undefined) findings.push(...checkSides(link, socks, sections, options.file), ...checkUrl(link, options));
  const listeners = link?.isProvider !== true && socks !== undefined ? [socks] : [];
  findings.push(
    ...checkArgusPort({ listeners }, options.file),
    ...listeners.flatMap((listener) => checkExposure(listener, options.file)),
    ...checkMode(options, "token"),
  );
  return {
    config: { link, socks: listeners[0] },
    socks5Addresses: listeners.map(formatHostAndPort),
    findings: findings.sort((one, other) => one.line - other.line),
  };
}

/** Reads the first `[Socks5]` of a config of either kind. */
export function readSocks(
  sections: readonly IniSection[],
  options: Pick<ParseOptions, "file" | "environment">,
  findings: Finding[],
): SocksSettings | undefined {
  const section = sections.find(({ name }) => linksocksSection(name) === "Socks5");
  return section && readSocksSection(createSectionReader(section, { ...options, findings }));
}

function readLink(sections: readonly IniSection[], options: ParseOptions, findings: Finding[]) {
  const section = sections.find(({ name }) => linksocksSection(name) === "LinkSocks");
  return section && readLinkSection(section, options, findings);
}

/** A client accepts SOCKS, a provider dials; each has what the other has no use for. */
function checkSides(
  link: LinkSettings,
  socks: SocksSettings | undefined,
  sections: readonly IniSection[],
  file: string,
): readonly Finding[] {
  const section = sections.find(({ name }) => linksocksSection(name) === "Socks5");
  if (!link.isProvider && section === undefined) {
    const message = "the section [Socks5] is missing: there is no way into this tunnel";
    const hint = "add [Socks5] with BindAddress = 127.0.0.1:25344, or set Reverse = true for a provider";
    return [{ severity: "error", file, line: 1, message, hint }];
  }
  if (!link.isProvider || section === undefined) return [];
  const message = "[Socks5] has no effect here: with Reverse = true, the server accepts SOCKS";
  return [{ severity: "warning", file, line: socks?.line ?? section.line, message, hint: "remove the section" }];
}

/** Nothing but TLS keeps the token and what is carried from those along the way. */
function checkUrl({ url, urlLine }: LinkSettings, { file }: ParseOptions): readonly Finding[] {
  const parsed = parseServerUrl(url);
  const isPlain = parsed?.protocol === "ws:" || parsed?.protocol === "http:";
  if (parsed === undefined || !isPlain || isLoopback(hostOfUrl(parsed))) return [];
  const message = "whoever is on the way to the server can read the token and all that is carried";
  return [{ severity: "warning", file, line: urlLine, message, hint: "use wss:// if the server has it" }];
}
