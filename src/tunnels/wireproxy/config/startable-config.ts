import { linuxRelease } from "../../../platform/kernel.ts";
import { assertStartable } from "./check.ts";
import { parseConfig } from "./config.ts";
import { readConfigFile } from "./config-file.ts";
import { describeFinding } from "./finding.ts";
import type { Listener } from "./model.ts";
import type { Environment } from "./section-reader.ts";

export interface StartableConfig {
  readonly listeners: readonly Listener[];
  readonly privateKeyFingerprint: string;
  /** What its owner should know although it starts, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Reads the config at `file` and makes sure, before wireproxy sees it, that wireproxy can start with it: it would print
 * a bad key into the log.
 * @throws Failure `config-invalid` naming the first error by file and line, `file-unusable`.
 */
export function loadStartableConfig(file: string, environment: Environment): StartableConfig {
  const { text, mode } = readConfigFile(file);
  const { config, findings } = parseConfig(text, {
    file,
    environment,
    readFile: (other) => readConfigFile(other).text,
    mode,
    linuxRelease: linuxRelease(),
  });
  assertStartable(findings);
  const { listeners, privateKeyFingerprint } = config;
  return { listeners, privateKeyFingerprint, warnings: findings.map(describeFinding) };
}
