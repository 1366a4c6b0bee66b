import { formatHostAndPort } from "../../../net/host-and-port.ts";
import { toPlainText } from "../../../platform/plain-text.ts";
import { describeFinding, type Finding } from "../../../tunnels/config/finding.ts";
import { readConfigFile } from "../../../tunnels/config/store/config-file.ts";
import type { ImportedConfig } from "../../../tunnels/config/store/import.ts";
import type { ConfigStore } from "../../../tunnels/config/store/store.ts";
import { type ConfigSurroundings, parseOptions } from "../../../tunnels/config/tunnel-config.ts";
import { parseConfig } from "../../../tunnels/kinds.ts";
import { sayDone, sayError } from "../../output/report.ts";
import { isTerminal, openReporter } from "../../output/terminal.ts";

/** A config as `config list` and `config check` show it. */
export type ConfigReport = Readonly<Awaited<ReturnType<typeof reportConfig>>>;

/** Reads and checks one config of the store. @throws Failure `config-not-found`, `config-invalid`, `file-unusable`. */
export async function reportConfig(store: ConfigStore, name: string, surroundings: ConfigSurroundings) {
  const file = store.find(name);
  const { text, mode } = readConfigFile(file);
  const { listeners, findings } = await parseConfig(text, { ...parseOptions(file, surroundings), mode });
  /** Whether a tunnel can be started with it. */
  const startable = !findings.some((finding) => finding.severity === "error");
  /** Its SOCKS5 addresses. */
  const socks = listeners.filter(({ kind }) => kind === "socks5").map(formatHostAndPort);
  return { name: store.nameOf(name), startable, socks, findings };
}

/** Findings for a person, on stderr: `error us-east.conf:7: …`. */
export async function sayFindings(findings: readonly Finding[]): Promise<void> {
  const reporter = findings.length > 0 && isTerminal("stderr") ? await openReporter() : undefined;
  for (const finding of findings) {
    const text = describeFinding(finding);
    if (reporter === undefined) sayError(`${finding.severity.padEnd(7)} ${text}`);
    else reporter[finding.severity === "error" ? "error" : "warn"]({ message: toPlainText(text), badge: false });
  }
}

/** A config that is in the folder now, for a person. */
export async function sayImported(
  { name, replaced, socks5Added, changes, warnings }: ImportedConfig,
  done: "added" | "imported",
): Promise<void> {
  for (const change of changes) sayError(`changed ${change}`);
  await sayFindings(warnings);
  await sayDone(
    `${replaced ? "replaced" : done} ${name}${socks5Added ? ", with a SOCKS5 listener on 127.0.0.1:25344" : ""}`,
  );
}

/** The first SOCKS5 address that a config declares, for showing; null where it has none or cannot be read here. */
export async function findSocksAddress(store: ConfigStore, name: string): Promise<string | null> {
  const report = await reportConfig(store, name, { environment: process.env }).catch(() => undefined);
  return report?.socks[0] ?? null;
}
