export interface IniKey {
  /** As written, without quotes; letter case does not count. */
  readonly name: string;
  /** As wireproxy reads it: unquoted, continued, without its comment, references expanded. */
  readonly value: string;
  readonly line: number;
  /** The line of the same key's first mention in this section, whose value alone counts. */
  readonly duplicateOf?: number;
}

export interface IniSection {
  /** As written; empty for what stands before the first section. Letter case does not count, blanks do. */
  readonly name: string;
  readonly line: number;
  readonly keys: readonly IniKey[];
}
