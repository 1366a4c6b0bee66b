import { basename, dirname, join } from "node:path";
import { Failure } from "../../platform/failure.ts";
import { foldCase, parseIni } from "./dialect/ini.ts";
import { findKey, type LaidKey, type LaidSection, layOut, rewriteValue, writeOut } from "./dialect/ini-layout.ts";
import { isWayIn } from "./ways-in.ts";

/** How a derived config differs from its original. */
export interface ConfigChange {
  /** The original's absolute path: for messages, and for a WGConfig beside it. */
  readonly file: string;
  /** A new `host:port` for each BindAddress that moves, by its line (`Listener.line`). */
  readonly moveListeners?: ReadonlyMap<number, string> | undefined;
  /** The config that carries it: all but its ways in takes the place of all but the original's ways in. */
  readonly carrier?: { readonly file: string; readonly text: string } | undefined;
  /** `host:port` of one more `[Socks5]`, with the credentials of the first one. */
  readonly addSocks5?: string | undefined;
  /** The system chooses the UDP port of `[Interface]`. */
  readonly anyListenPort?: boolean;
}

/**
 * Gives the text of a config that differs from the original in its listeners, or in what carries them, and may stand in
 * another folder. All else stays byte for byte, and without a carrier on its line.
 * @throws Failure `config-invalid` where a text is no INI file, where a line holds no BindAddress, or where the dialect
 * cannot say the result.
 */
export function deriveConfig(text: string, change: ConfigChange): string {
  const file = basename(change.file);
  let sections = moveListeners(layOut(text, file), change.moveListeners ?? new Map(), file);
  if (change.carrier === undefined) sections = anchorWireguardFile(sections, change.file);
  else sections = putOnCarrier(sections, change.carrier);
  if (change.anyListenPort === true) sections = freeListenPort(sections, file);
  if (change.addSocks5 !== undefined) sections = addSocks5(sections, change.addSocks5, file);
  const mark = (change.carrier?.text ?? text).startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
  return mark + writeSettled(sections, file);
}

const BYTE_ORDER_MARK = "\uFEFF";

function moveListeners(
  sections: readonly LaidSection[],
  moves: ReadonlyMap<number, string>,
  file: string,
): readonly LaidSection[] {
  const left = new Map<number, string>();
  const moved = mapKeys(sections, (key) => {
    const line = key.duplicateOf ?? key.line;
    const address = foldCase(key.name) === "bindaddress" ? moves.get(line) : undefined;
    if (address === undefined) return key;
    if (line === key.line) left.set(line, key.value);
    // A repetition that says the same does no harm, and one that says another thing is an error: that is kept as it is.
    return left.get(line) === key.value ? rewriteOrFail(key, address, file) : key;
  });
  const missing = [...moves.keys()].find((line) => !left.has(line));
  if (missing === undefined) return moved;
  throw new Failure("config-invalid", `${file}:${missing}: no BindAddress on this line`, {
    hint: "read the config again: it was changed meanwhile",
  });
}

/** A bare name stands beside the original. Any other WGConfig is absolute, or an error that stays one. */
function anchorWireguardFile(sections: readonly LaidSection[], file: string): readonly LaidSection[] {
  return mapKeys(sections, (key, section) => {
    const isBare = foldCase(key.name) === "wgconfig" && key.value !== "" && !key.value.includes("/");
    return isBare && isTop(section) ? rewriteOrFail(key, join(dirname(file), key.value), basename(file)) : key;
  });
}

/** What stands before the first section goes with the way out, which alone reads a key there. */
function putOnCarrier(
  sections: readonly LaidSection[],
  carrier: { readonly file: string; readonly text: string },
): readonly LaidSection[] {
  const below = layOut(carrier.text, basename(carrier.file)).filter(({ name }) => !isWayIn(name));
  const above = sections.filter(({ name }) => isWayIn(name));
  return [...endWithBlankLine(anchorWireguardFile(below, carrier.file)), ...above];
}

function freeListenPort(sections: readonly LaidSection[], file: string): readonly LaidSection[] {
  return mapKeys(sections, (key, { name }) => {
    const isIt = foldCase(name) === "interface" && foldCase(key.name) === "listenport";
    return isIt ? rewriteOrFail(key, "0", file) : key;
  });
}

/** No section has an empty name. */
function isTop(section: LaidSection): boolean {
  return section.name === "";
}

function addSocks5(sections: readonly LaidSection[], address: string, file: string): readonly LaidSection[] {
  const first = sections.find((section) => foldCase(section.name) === "socks5");
  const keys = [emptyKey("BindAddress", address)];
  for (const name of ["Username", "Password"]) {
    const given = findKey(first, name);
    if (given !== undefined) keys.push(emptyKey(name, given.value));
  }
  const parts = ["[Socks5]\n", ...keys.map((key) => rewriteOrFail(key, key.value, file))];
  return [...endWithBlankLine(sections), { name: "Socks5", line: 0, parts }];
}

function emptyKey(name: string, value: string): LaidKey {
  return { name, value, line: 0, before: `${name} = `, written: "", after: "\n" };
}

/** A value that is continued to the end of the text would swallow the heading that follows it. */
function endWithBlankLine(sections: readonly LaidSection[]): readonly LaidSection[] {
  const text = writeOut(sections);
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const blank = text === "" || text.endsWith("\n") ? newline : newline + newline;
  return sections.map((section, index) =>
    index === sections.length - 1 ? { ...section, parts: [...section.parts, blank] } : section,
  );
}

/**
 * A value may refer to another key of its section or of the top (`%(key)s`) that is not there any more, or not the same.
 * What so reads otherwise than it should is written out.
 */
function writeSettled(sections: readonly LaidSection[], file: string): string {
  const text = writeOut(sections);
  const misread = findMisread(sections, text, file);
  if (misread.size === 0) return text;
  const settled = mapKeys(sections, (key) => (misread.has(key) ? rewriteOrFail(key, key.value, file) : key));
  const written = writeOut(settled);
  if (findMisread(settled, written, file).size > 0) throw unwritable(file);
  return written;
}

function findMisread(sections: readonly LaidSection[], text: string, file: string): ReadonlySet<LaidKey> {
  const read = parseIni(text, file).flatMap((section) =>
    section.keys.map((key) => ({ ...key, section: section.name })),
  );
  const misread = new Set<LaidKey>();
  let at = 0;
  mapKeys(sections, (key, section) => {
    const now = read[at++];
    if (now?.section !== section.name || now.name !== key.name || now.value !== key.value) misread.add(key);
    return key;
  });
  return misread;
}

function mapKeys(
  sections: readonly LaidSection[],
  change: (key: LaidKey, section: LaidSection) => LaidKey,
): readonly LaidSection[] {
  return sections.map((section) => ({
    ...section,
    parts: section.parts.map((part) => (typeof part === "string" ? part : change(part, section))),
  }));
}

function rewriteOrFail(key: LaidKey, value: string, file: string): LaidKey {
  const rewritten = rewriteValue(key, value);
  if (rewritten === undefined) throw unwritable(file);
  return rewritten;
}

function unwritable(file: string): Failure {
  const message = `${file}: a value cannot be written into a config that is derived from this one`;
  const hint = "write out its references %(…)s, and use no backticks or triple quotes within it";
  return new Failure("config-invalid", message, { hint });
}
