import { attemptOr } from "./failure.ts";

/** What a terminal could take for a command, and what turns the order of a text around so that it reads as another. */
const COMMANDS = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** A text of one or more lines, as a terminal may show it: nothing in it moves, colours, hides or turns anything. */
export function toPlainText(text: string): string {
  return text.replace(COMMANDS, escapeCharacter);
}

/** The same for an entry of one line: what a client sends cannot forge a second one. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, escapeCharacter);
}

/** Bytes that have to be UTF-8, as a text that keeps a byte order mark; undefined for any others. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  return attemptOr(undefined, () => STRICT_UTF_8.decode(bytes));
}

const STRICT_UTF_8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** As JSON writes it, so that a document stays the same document. */
export function escapeCharacter(character: string): string {
  const short = SHORT.get(character);
  return short ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

const SHORT = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);
