import { basename } from "node:path";
import { readConfigFile } from "../../config/config-file.ts";
import { foldCase } from "../../config/ini.ts";
import { layOut, writeOut } from "../../config/ini-layout.ts";
import { kindOfText } from "../../config/kind.ts";
import type { Environment } from "../../config/section-reader.ts";
import { parseConfig } from "./config.ts";
import type { Listener } from "./model.ts";
import { loadStartableConfig } from "./startable-config.ts";

export interface CarriedConfig {
  /** To be put on a carrier's peer. */
  readonly text: string;
  readonly listeners: readonly Listener[];
}

/**
 * Reads a config that another one's peer is to carry. Of a LinkSocks config its listener is left; the way to its server is
 * what is replaced.
 * @throws Failure `config-invalid`, `file-unusable`.
 */
export function loadCarriedConfig(file: string, environment: Environment): CarriedConfig {
  const { text } = readConfigFile(file);
  const name = basename(file);
  if (kindOfText(text, name) === "wireproxy") return loadStartableConfig(file, environment);
  const rest = writeOut(layOut(text, name).filter((section) => foldCase(section.name) !== "linksocks"));
  // Without its other half it is no whole config; what it will be is checked as a whole.
  const { config } = parseConfig(rest, { file, environment, readFile: (other) => readConfigFile(other).text });
  return { text: rest, listeners: config.listeners };
}
