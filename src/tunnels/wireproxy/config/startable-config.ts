import type { HostAndPort } from "../../../net/host-and-port.ts";
import { linuxRelease } from "../../../platform/kernel.ts";
import { readConfigFile } from "../../config/config-file.ts";
import { describeFinding } from "../../config/finding.ts";
import type { Environment } from "../../config/section-reader.ts";
import { assertStartable } from "./check.ts";
import { parseConfig } from "./config.ts";
import type { Listener } from "./model.ts";

export interface StartableConfig {
  readonly listeners: readonly Listener[];
  /** Where its peers are to be found, as written: names or addresses. */
  readonly endpoints: readonly HostAndPort[];
  readonly privateKeyFingerprint: string;
  /** What its owner should know although it starts, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Reads the config at `file` and makes sure, before wireproxy sees it, that wireproxy can start with it: it would print
 * a bad key into the log.
 * @throws Failure `config-invalid` naming the first error by file and line, `file-unusable`.
 */
export function loadStartableConfig(
  file: string,
  environment: Environment,
): StartableConfig & { readonly text: string } {
  const { text, mode } = readConfigFile(file);
  return { text, ...parseStartableConfig(text, file, environment, mode) };
}

/** As `loadStartableConfig`, of a text that `file` holds, or may hold. @throws Failure `config-invalid`. */
export function parseStartableConfig(
  text: string,
  file: string,
  environment: Environment,
  mode?: number,
): StartableConfig {
  const { config, findings } = parseConfig(text, {
    file,
    environment,
    readFile: (other) => readConfigFile(other).text,
    mode,
    linuxRelease: linuxRelease(),
  });
  assertStartable(findings);
  const { listeners, privateKeyFingerprint, peers } = config;
  const endpoints = peers.flatMap((peer) => (peer.endpoint === undefined ? [] : [peer.endpoint]));
  return { listeners, endpoints, privateKeyFingerprint, warnings: findings.map(describeFinding) };
}
