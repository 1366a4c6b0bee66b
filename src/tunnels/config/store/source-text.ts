import { Failure } from "../../../platform/failure.ts";
import { decodeConfig } from "./config-file.ts";
import { refuseOtherFormat } from "./other-formats.ts";

/** A text in words that programs here read, and what was changed for that, by the lines of the original. */
export interface Translation {
  readonly text: string;
  readonly changes: readonly { readonly line: number; readonly message: string }[];
}

/** Gives the text of a file by its path relative to the original's folder; undefined where it cannot be read. */
export type ReadBeside = (path: string) => string | undefined;

/**
 * Reads what editors, browsers and chats make of a config: UTF-16, line ends of old Macs, and invisible characters that were
 * copied from a page.
 * @param name for messages.
 * @throws Failure `config-invalid` for a file in another program's format, `file-unusable` for one that is no text.
 */
export function readSourceText(bytes: Uint8Array, name: string): Translation {
  const changes: { line: number; message: string }[] = [];
  const change = (line: number, message: string) => void changes.push({ line, message });
  let text = decodeSource(bytes, name, change);
  refuseOtherFormat(text, name);
  if (text.includes("\r") && !text.includes("\n")) {
    change(1, "lines that end in CR alone get LF");
    text = text.replaceAll("\r", "\n");
  }
  const lines = text.split("\n").map((line, index) => {
    const kept = line.replace(INVISIBLE, (mark, at: number) => (mark === "\uFEFF" && index + at === 0 ? mark : ""));
    if (/^\s*[#;]/.test(kept)) return line;
    if (kept !== line) change(index + 1, "an invisible character is left out");
    const quoted = kept.replace(TYPOGRAPHIC, '$1"$2"');
    if (quoted !== kept) change(index + 1, "typographic quotes are written as plain ones");
    return quoted;
  });
  return { text: lines.join("\n"), changes };
}

/** Blanks of no width and marks of direction, which come with text that is copied from a page, and what ends a file of DOS. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]|[^\P{Cc}\t\v\f\r\u0085]/gu;
/** Around a whole value, as word processors put them. */
const TYPOGRAPHIC = /^(\s*\w+\s*[=:]\s*)[“”„‟]([^“”„‟"]*)[“”](?=\s*$)/;

function decodeSource(bytes: Uint8Array, name: string, change: (line: number, message: string) => void): string {
  const encoding = findUtf16(bytes);
  if (encoding === undefined) {
    refuseOtherFormat(bytes, name);
    return decodeConfig(bytes, name);
  }
  change(1, "the file is written as UTF-8; it was UTF-16");
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    const hint = "save it again as UTF-8";
    throw new Failure("file-unusable", `${name} is not whole UTF-16 text`, { hint, cause });
  }
}

/** By its byte order mark, or by the zeros beside a first ASCII character where it has none. */
function findUtf16([first, second]: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if ((first === 0xff && second === 0xfe) || (isAscii(first) && second === 0)) return "utf-16le";
  if ((first === 0xfe && second === 0xff) || (first === 0 && isAscii(second))) return "utf-16be";
  return undefined;
}

function isAscii(byte: number | undefined): boolean {
  return byte !== undefined && byte > 0 && byte < 0x80;
}
