import { basename } from "node:path";
import { Failure } from "../../platform/failure.ts";
import { readConfigFile } from "../config/config-file.ts";
import { describeFinding, type Finding } from "../config/finding.ts";
import { parseIni } from "../config/ini.ts";
import type { Environment } from "../config/section-reader.ts";
import type { ConfigStore } from "../config/store.ts";
import type { LaunchRequest } from "../driver/driver.ts";
import type { PortClaims, PortRange } from "../driver/port-claims.ts";
import { assertStartable } from "../wireproxy/config/check.ts";
import { parseLinksocksConfig, readSocks } from "./config.ts";
import type { LinkSettings } from "./link-section.ts";
import { placeSocks } from "./place-socks.ts";
import type { SocksSettings } from "./socks-section.ts";

export interface PreparedLink {
  readonly link: LinkSettings;
  /** Where it will accept SOCKS, claimed for the tunnel; undefined for a provider. */
  readonly socks: SocksSettings | undefined;
  readonly configFile: string;
  /** It will listen where its config says. */
  readonly ownAddress: boolean;
  /** What its owner should know although it starts, one line each. */
  readonly warnings: readonly string[];
}

export interface PrepareLinkParts {
  readonly configs: Pick<ConfigStore, "find">;
  readonly environment: Environment;
  readonly claims: PortClaims;
  readonly range: PortRange;
}

/**
 * Finds out what to run for a request: the way to the server of the config, or of its carrier (failover), and the SOCKS
 * listener of the config, which may be wireproxy's. Claims its address for the tunnel.
 * @throws Failure `config-not-found`, `config-invalid`, `address-in-use`, `file-unusable`.
 */
export async function prepareLink(request: LaunchRequest, parts: PrepareLinkParts): Promise<PreparedLink> {
  const configFile = parts.configs.find(request.config);
  const { link, socks, warnings } = load(configFile, request, parts);
  const placed = socks && (await placeSocks(socks, request, parts));
  const ownAddress = placed?.host === socks?.host && placed?.port === socks?.port;
  return { link, socks: placed, configFile, ownAddress, warnings };
}

function load(configFile: string, { config, carrier }: LaunchRequest, parts: PrepareLinkParts) {
  const own = loadWhole(carrier === null ? configFile : parts.configs.find(carrier), parts);
  if (carrier === null) return own;
  const socks = loadSocks(configFile, parts);
  if (own.link.isProvider || socks === undefined) {
    throw new Failure("config-invalid", `${carrier} cannot carry ${config}: one of them accepts no SOCKS`, {
      hint: "take it from the failover list in config.yaml",
    });
  }
  return { ...own, socks };
}

function loadWhole(file: string, { environment }: PrepareLinkParts) {
  const { text, mode } = readConfigFile(file);
  const readFile = (path: string) => readConfigFile(path).text;
  const { config, findings } = parseLinksocksConfig(text, { file, environment, readFile, mode });
  assertStartable(findings);
  const { link, socks } = config;
  if (link === undefined) throw new Failure("config-invalid", `${basename(file)} has no section [LinkSocks]`);
  return { link, socks, warnings: findings.map(describeFinding) };
}

function loadSocks(file: string, { environment }: PrepareLinkParts): SocksSettings | undefined {
  const findings: Finding[] = [];
  const sections = parseIni(readConfigFile(file).text, basename(file));
  const socks = readSocks(sections, { file, environment }, findings);
  assertStartable(findings);
  return socks;
}
