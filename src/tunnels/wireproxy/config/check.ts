import { ARGUS_SOCKS_PORT, checkListeners, checkMode } from "../../config/check.ts";
import type { Finding } from "../../config/finding.ts";
import type { Listener } from "../../config/listeners.ts";
import type { NamedSection } from "../../config/section-reader.ts";
import type { KnownSection } from "./vocabulary.ts";

/** What of a config is checked as a whole. */
interface ReadConfig {
  /** Every section that counts. */
  readonly sections: readonly NamedSection<KnownSection>[];
  readonly listeners: readonly Listener[];
}

/** What a check knows beside the config's own values. */
export interface Circumstances {
  readonly file: string;
  /** The file that `[Interface]` and `[Peer]` come from; undefined where it cannot be had. */
  readonly wireguardFile: string | undefined;
  /** The config's own text, in which section headings may be commented out. */
  readonly text: string;
  readonly mode?: number | undefined;
  readonly linuxRelease?: string | undefined;
}

/** Checks what no single key shows: counts, listeners, permissions. */
export function checkConfig(config: ReadConfig, circumstances: Circumstances): readonly Finding[] {
  const { file, mode } = circumstances;
  return [
    ...checkCounts(config, circumstances.wireguardFile),
    ...checkPresence(config, circumstances),
    ...checkListeners(config.listeners, file),
    ...config.listeners.flatMap((listener) => checkName(listener, file)),
    ...checkKernel(config, circumstances),
    ...checkMode(file, mode, "private key"),
  ];
}

function checkCounts({ sections }: ReadConfig, file: string | undefined): readonly Finding[] {
  if (file === undefined) return [];
  const findings: Finding[] = [];
  const [first, ...others] = sections.filter(({ name }) => name === "Interface");
  if (first === undefined) {
    findings.push({
      severity: "error",
      file,
      line: 1,
      message: "the section [Interface] is missing",
      hint: "add it with PrivateKey and Address, from your provider's file",
    });
  }
  for (const other of others) {
    findings.push({
      severity: "error",
      file,
      line: other.reader.line,
      message: "a second [Interface]: wireproxy takes one and only one",
      hint: "remove one, or make two configs of it",
    });
  }
  if (!sections.some(({ name }) => name === "Peer")) {
    findings.push({
      severity: "error",
      file,
      line: first?.reader.line ?? 1,
      message: "the section [Peer] is missing: wireproxy needs at least one",
      hint: "add it with PublicKey and Endpoint, from your provider's file",
    });
  }
  return findings;
}

function checkPresence({ sections }: ReadConfig, { file, text }: Circumstances): readonly Finding[] {
  if (sections.some(({ name }) => name === "Socks5")) return [];
  const commented = findCommentedSocks5(text);
  const isClosed = sections.every(({ name }) => NO_WAY_IN.includes(name));
  return [
    {
      severity: isClosed ? "error" : "warning",
      file,
      line: commented ?? 1,
      message: isClosed
        ? "no section listens: there is no way into this tunnel"
        : "no section [Socks5]: Argus finds no way into this tunnel",
      hint:
        commented === undefined
          ? `add [Socks5] with BindAddress = 127.0.0.1:${ARGUS_SOCKS_PORT}`
          : `[Socks5] is commented out on line ${commented}: remove the sign before it and before its keys`,
    },
  ];
}

/** The daemon gives a child no input, so that `[STDIOTunnel]` lets nobody in. */
const NO_WAY_IN: readonly KnownSection[] = ["Interface", "Peer", "Resolve", "STDIOTunnel"];

function findCommentedSocks5(text: string): number | undefined {
  const index = text.split("\n").findIndex((line) => /^[#;\s]*[#;]\s*\[socks5\]/i.test(line));
  return index === -1 ? undefined : index + 1;
}

function checkName(listener: Listener, file: string): readonly Finding[] {
  if (listener.host.toLowerCase() !== "localhost") return [];
  return [
    {
      severity: "warning",
      file,
      line: listener.line,
      message: "wireproxy asks the name server for localhost, because its sandbox hides /etc/hosts",
      hint: "write 127.0.0.1",
    },
  ];
}

/** In its sandbox, wireproxy 1.1.3 forbids itself to open this port: its issue 218. */
function checkKernel({ listeners }: ReadConfig, { file, linuxRelease }: Circumstances): readonly Finding[] {
  const release = /^(\d+)\.(\d+)/.exec(linuxRelease ?? "");
  const [major, minor] = [Number(release?.[1] ?? 0), Number(release?.[2] ?? 0)];
  if (major < 6 || (major === 6 && minor < 7)) return [];
  return listeners
    .filter((listener) => listener.kind === "tcp-client")
    .map((listener) => ({
      severity: "warning",
      file,
      line: listener.line,
      message: "[TCPClientTunnel] cannot open its port on Linux 6.7 and later: wireproxy's own sandbox forbids it",
      hint: "use [Socks5] instead until wireproxy has mended it (issue 218)",
    }));
}
