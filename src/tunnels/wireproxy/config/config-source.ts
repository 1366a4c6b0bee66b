import { basename } from "node:path";
import type { Finding } from "../../config/finding.ts";
import type { IniSection } from "../../config/ini.ts";
import { parseIni } from "../../config/ini.ts";
import { createSectionReader, type Environment, type SectionReader } from "../../config/section-reader.ts";
import { findIgnored } from "./ignored-keys.ts";
import { type KnownSection, knownSection } from "./known-sections.ts";

/** One file of a config: a config may spread over two. */
export interface ConfigSource {
  readonly file: string;
  /** The keys before the first section. */
  readonly top: SectionReader;
  /** The sections that wireproxy knows, in order. */
  readonly sections: readonly { readonly name: KnownSection; readonly reader: SectionReader }[];
}

/**
 * Opens a file's text; what wireproxy would ignore in it becomes findings at once.
 * @throws Failure `config-invalid` where it is no INI file.
 */
export function openSource(text: string, file: string, environment: Environment, findings: Finding[]): ConfigSource {
  const parsed = parseIni(text, basename(file));
  findings.push(...findIgnored(parsed, file));
  const read = (section: IniSection) => createSectionReader(section, { file, environment, findings });
  const [top = { name: "", line: 1, keys: [] }, ...rest] = parsed;
  return {
    file,
    top: read(top),
    sections: rest.flatMap((section) => {
      const name = knownSection(section.name);
      return name === undefined ? [] : [{ name, reader: read(section) }];
    }),
  };
}
