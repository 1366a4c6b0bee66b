import { escapeControls } from "../../platform/plain-text.ts";

/** Something in a configuration of endpoints that its owner should know. */
export interface Finding {
  /** Its place, `net.subnet`, or the name of a variable; empty for the whole file. */
  readonly key: string;
  /** What is wrong, without a full stop. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** `net.subnet: … (hint)`, one line. */
export function describeFinding({ key, message, hint }: Finding): string {
  const place = key === "" ? "" : `${key}: `;
  return escapeControls(`${place}${message}${hint === undefined ? "" : ` (${hint})`}`);
}

/** What a configuration amounts to: warnings keep nothing from working, and problems all. */
export interface Checked<Settings> {
  readonly settings: Settings | undefined;
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}
