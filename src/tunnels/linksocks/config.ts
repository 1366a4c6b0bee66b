import { basename } from "node:path";
import { parseServerUrl } from "../../linksocks/client/server-url.ts";
import { type HostAndPort, hostOfUrl } from "../../net/host-and-port.ts";
import { checkListeners, checkMode } from "../config/check.ts";
import { parseIni } from "../config/dialect/ini.ts";
import { reportUnknown } from "../config/dialect/known-keys.ts";
import { openSections, type SectionReader } from "../config/dialect/section-reader.ts";
import { type Finding, reportTo } from "../config/finding.ts";
import { readListeners } from "../config/listeners.ts";
import type { ParseOptions, TunnelConfig } from "../config/tunnel-config.ts";
import { type LinkSettings, readLinkSection } from "./link-section.ts";
import { SECTION_NAMES, VOCABULARY } from "./vocabulary.ts";

/**
 * Reads the config of a LinkSocks tunnel, in wireproxy's INI dialect, and checks all that can be known before a start.
 * @throws Failure `config-invalid` where the text is no INI file.
 */
export function parseLinksocksConfig(text: string, options: ParseOptions): TunnelConfig<LinkSettings> {
  const { file, environment, mode, readFile } = options;
  const parsed = parseIni(text, basename(file));
  const findings: Finding[] = [];
  const report = reportTo(findings, file);
  reportUnknown(parsed, VOCABULARY, report);
  const sections = openSections(parsed, SECTION_NAMES, { environment, report });
  const link = takeOnly(sections, "LinkSocks");
  const socks = takeOnly(sections, "Socks5");

  const wayOut = link && readLinkSection(link, options);
  const listeners = socks === undefined ? [] : readListeners([{ name: "Socks5", reader: socks }], readFile);
  const listensHere = wayOut?.isProvider !== true;
  const served = listensHere ? listeners : [];
  if (wayOut !== undefined && listensHere && socks === undefined) {
    const message = "the section [Socks5] is missing: there is no way into this tunnel";
    const hint = "add [Socks5] with BindAddress = 127.0.0.1:25344, or set Reverse = true for a provider";
    report("error", 1, message, hint);
  }
  if (!listensHere && socks !== undefined) {
    const message = "[Socks5] has no effect here: with Reverse = true, the server accepts SOCKS";
    report("warning", socks.lineOf("BindAddress"), message, "remove the section");
  }
  checkListeners(served, report, options.mayBeOpen);
  checkMode(mode, "token", report);
  return {
    listeners: served,
    listensHere,
    peers: wayOut === undefined ? [] : [findServer(wayOut.url)],
    wayOut,
    findings: findings.sort((one, other) => one.line - other.line),
  };
}

/** The first section of a name; each further one is an error. */
function takeOnly(sections: ReturnType<typeof openSections>, name: string): SectionReader | undefined {
  const [first, ...others] = sections.filter((section) => section.name === name);
  for (const { reader } of others) reader.report("error", undefined, `a second [${name}]`, "make two configs of it");
  return first?.reader;
}

function findServer(written: string): HostAndPort {
  const url = parseServerUrl(written);
  const port = url.protocol === "ws:" ? 80 : 443;
  return { host: hostOfUrl(url), port: url.port === "" ? port : Number(url.port) };
}
