import { ARGUS_SOCKS_PORT, checkListeners, checkMode } from "../../config/check.ts";
import type { NamedSection } from "../../config/dialect/section-reader.ts";
import type { Report } from "../../config/finding.ts";
import type { Listener } from "../../config/listeners.ts";
import type { KnownSection } from "./vocabulary.ts";

type Sections = readonly NamedSection<KnownSection>[];

/** What of a config is checked as a whole. */
interface ReadConfig {
  /** Every section that counts. */
  readonly sections: Sections;
  readonly listeners: readonly Listener[];
  /** The config's own text, in which section headings may be commented out. */
  readonly text: string;
  readonly mode?: number | undefined;
  readonly linuxRelease?: string | undefined;
  readonly mayBeOpen?: boolean | undefined;
}

/** Checks what no single key shows: ways in, permissions. */
export function checkConfig(config: ReadConfig, report: Report): void {
  checkPresence(config, report);
  checkListeners(config.listeners, report, config.mayBeOpen);
  checkNames(config, report);
  checkKernel(config, report);
  checkMode(config.mode, "private key", report);
}

/** Checks that there are one `[Interface]` and a `[Peer]`. @param report of the file where they belong. */
export function checkCounts(sections: Sections, report: Report): void {
  const hint = "from your provider's file";
  const [first, ...others] = sections.filter(({ name }) => name === "Interface");
  if (first === undefined) {
    report("error", 1, "the section [Interface] is missing", `add it with PrivateKey and Address, ${hint}`);
  }
  for (const { reader } of others) {
    const message = "a second [Interface]: wireproxy takes one and only one";
    report("error", reader.line, message, "remove one, or make two configs of it");
  }
  if (!sections.some(({ name }) => name === "Peer")) {
    const message = "the section [Peer] is missing: wireproxy needs at least one";
    report("error", first?.reader.line ?? 1, message, `add it with PublicKey and Endpoint, ${hint}`);
  }
}

function checkPresence({ sections, text }: ReadConfig, report: Report): void {
  if (sections.some(({ name }) => name === "Socks5")) return;
  const commented = findCommentedSocks5(text);
  const hint =
    commented === undefined
      ? `add [Socks5] with BindAddress = 127.0.0.1:${ARGUS_SOCKS_PORT}`
      : `[Socks5] is commented out on line ${commented}: remove the sign before it and before its keys`;
  if (sections.every(({ name }) => NO_WAY_IN.includes(name))) {
    report("error", commented ?? 1, "no section listens: there is no way into this tunnel", hint);
  } else {
    report("warning", commented ?? 1, "no section [Socks5]: Argus finds no way into this tunnel", hint);
  }
}

/** The daemon gives a child no input, so that `[STDIOTunnel]` lets nobody in. */
const NO_WAY_IN: readonly KnownSection[] = ["Interface", "Peer", "Resolve", "STDIOTunnel"];

function findCommentedSocks5(text: string): number | undefined {
  const index = text.split("\n").findIndex((line) => /^[#;\s]*[#;]\s*\[socks5\]/i.test(line));
  return index === -1 ? undefined : index + 1;
}

function checkNames({ listeners }: ReadConfig, report: Report): void {
  for (const { line } of listeners.filter(({ host }) => host.toLowerCase() === "localhost")) {
    const message = "wireproxy asks the name server for localhost, because its sandbox hides /etc/hosts";
    report("warning", line, message, "write 127.0.0.1");
  }
}

/** In its sandbox, wireproxy 1.1.3 forbids itself to open this port: its issue 218. */
function checkKernel({ listeners, linuxRelease }: ReadConfig, report: Report): void {
  const release = /^(\d+)\.(\d+)/.exec(linuxRelease ?? "");
  const [major, minor] = [Number(release?.[1] ?? 0), Number(release?.[2] ?? 0)];
  if (major < 6 || (major === 6 && minor < 7)) return;
  for (const { line } of listeners.filter(({ kind }) => kind === "tcp-client")) {
    const message = "[TCPClientTunnel] cannot open its port on Linux 6.7 and later: wireproxy's own sandbox forbids it";
    report("warning", line, message, "use [Socks5] instead until wireproxy has mended it (issue 218)");
  }
}
