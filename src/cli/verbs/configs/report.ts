import { linuxRelease } from "../../../platform/kernel.ts";
import { describeFinding, type Finding } from "../../../tunnels/config/finding.ts";
import type { ConfigStore } from "../../../tunnels/config/store.ts";
import { parseAnyConfig } from "../../../tunnels/parse-config.ts";
import { paint, sayError } from "../../output/report.ts";

/** A config as `config list` and `config check` show it. */
export interface ConfigReport {
  readonly name: string;
  /** Whether a tunnel can be started with it. */
  readonly startable: boolean;
  /** Its SOCKS5 addresses. */
  readonly socks: readonly string[];
  readonly findings: readonly Finding[];
}

/** Reads and checks one config of the store. @throws Failure `config-not-found`, `config-invalid`, `file-unusable`. */
export function reportConfig(store: ConfigStore, name: string): ConfigReport {
  const file = store.find(name);
  const { text, mode } = store.read(file);
  const { socks5Addresses, findings } = parseAnyConfig(text, {
    file,
    environment: process.env,
    readFile: (other) => store.read(other).text,
    mode,
    linuxRelease: linuxRelease(),
  });
  const startable = !findings.some((finding) => finding.severity === "error");
  return { name: store.nameOf(name), startable, socks: socks5Addresses, findings };
}

/** Findings for a person, on stderr: `error us-east.conf:7: …`. */
export function sayFindings(findings: readonly Finding[]): void {
  for (const finding of findings) {
    const colour = finding.severity === "error" ? "red" : "yellow";
    sayError(`${paint(finding.severity.padEnd(7), colour)} ${describeFinding(finding)}`);
  }
}

/** The first SOCKS5 address that a config declares, for showing; null where it has none or cannot be read here. */
export function findSocksAddress(store: ConfigStore, name: string): string | null {
  try {
    return reportConfig(store, name).socks[0] ?? null;
  } catch {
    return null;
  }
}
