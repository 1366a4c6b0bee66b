import { isIP, isIPv4 } from "../../../platform/network/ip-address.ts";
import { foldCase, parseIni } from "../../config/dialect/ini.ts";
import { type LaidKey, type LaidSection, layOut, rewriteValue, writeOut } from "../../config/dialect/ini-layout.ts";

/** A config in wireproxy's dialect, and what was changed for that, by the lines of the original. */
export interface Translation {
  readonly text: string;
  readonly changes: readonly { readonly line: number; readonly message: string }[];
}

/** Lists that wg-quick(8) and wg(8) take in several lines, by section. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  interface: ["address", "dns"],
  peer: ["allowedips"],
};

/**
 * Writes what wg-quick takes and wireproxy does not in words that both take: lists over several lines are joined, search
 * domains left out of DNS, hosts in AllowedIPs get their prefix length, and `PersistentKeepalive = off` becomes 0. What is
 * right already keeps every byte.
 * @param file its name for messages.
 * @param readBeside gives the text of a file beside the original, which WGConfig may name: its sections are then taken into
 * the config, for that file does not come along.
 * @throws Failure `config-invalid` where the text is no INI file.
 */
export function translateFromWgQuick(text: string, file: string, readBeside?: ReadBeside): Translation {
  const changes: { line: number; message: string }[] = [];
  const note = (line: number, message: string) => {
    changes.push({ line, message });
  };
  const whole = takeIn(layOut(text, file), readBeside, note);
  const sections = whole.map((section) => translateSection(section, note));
  if (changes.length === 0) return { text, changes };
  const written = writeOut(sections);
  parseIni(written, file);
  return { text: written, changes: changes.sort((one, other) => one.line - other.line) };
}

/** By a path relative to the original's folder; undefined where it cannot be read. */
export type ReadBeside = (path: string) => string | undefined;

/** An absolute path means the same everywhere, and one out of the folder is left to be refused. */
function takeIn(
  sections: readonly LaidSection[],
  readBeside: ReadBeside | undefined,
  note: Note,
): readonly LaidSection[] {
  const key = sections[0]?.parts.find((part) => typeof part !== "string" && foldCase(part.name) === "wgconfig");
  if (key === undefined || typeof key === "string" || /^[/~$]|(?:^|\/)\.\.(?:\/|$)|^$/.test(key.value)) return sections;
  const text = readBeside?.(key.value);
  if (text === undefined) return sections;
  note(key.line, "WGConfig is replaced by the sections of the file that it names");
  const isWireguard = ({ name }: LaidSection) => ["interface", "peer"].includes(foldCase(name));
  return [
    ...sections.slice(0, 1).map((top) => ({ ...top, parts: top.parts.filter((part) => part !== key) })),
    ...layOut(text.endsWith("\n") ? text : `${text}\n`, key.value).filter(isWireguard),
    ...sections.slice(1).filter((section) => !isWireguard(section)),
  ];
}

type Note = (line: number, message: string) => void;

function translateSection(section: LaidSection, note: Note): LaidSection {
  const lists = LISTS[foldCase(section.name)];
  if (lists === undefined) return section;
  const keys = section.parts.flatMap((part) => (typeof part === "string" ? [] : [part]));
  const byName = Map.groupBy(keys, (key) => foldCase(key.name));
  const parts = section.parts.flatMap((part) => {
    if (typeof part === "string") return [part];
    const name = foldCase(part.name);
    if (name === "persistentkeepalive" && foldCase(part.value) === "off") {
      note(part.line, `${part.name} = off is written as 0`);
      return rewrite(part, "0");
    }
    if (!lists.includes(name)) return [part];
    const same = byName.get(name) ?? [];
    const [first] = same;
    if (first !== part) {
      note(part.line, `${part.name} is joined into line ${first?.line}`);
      return [];
    }
    return translateList(part, same, note);
  });
  return { ...section, parts };
}

/** @param same the lines of the list, of which `first` is the first. */
function translateList(first: LaidKey, same: readonly LaidKey[], note: Note): readonly (string | LaidKey)[] {
  const items = same.flatMap(({ value }) => value.split(",").map((item) => item.trim()));
  const wanted = [...new Set(items.filter((item) => item !== ""))];
  const name = foldCase(first.name);
  const kept = name === "dns" ? wanted.filter((item) => isIP(item) || !isSearchDomain(item)) : wanted;
  if (kept.length < wanted.length)
    note(first.line, `search domains are left out of ${first.name}: wireproxy knows none`);
  const networks = name === "allowedips" ? kept.map(withPrefixLength) : kept;
  if (networks.some((network, index) => network !== kept[index])) {
    note(first.line, `hosts in ${first.name} get their prefix length`);
  }
  const isSame = same.length === 1 && kept.length === wanted.length && networks.every((item, at) => item === kept[at]);
  if (isSame) return [first];
  return networks.length === 0 && wanted.length > 0 ? [] : rewrite(first, networks.join(", "));
}

/** One that cannot be written stays, and is then a finding. */
function rewrite(key: LaidKey, value: string): readonly LaidKey[] {
  return [rewriteValue(key, value) ?? key];
}

/** Anything with a letter that is no address, such as fritz.box or corp; what looks like a mistyped address stays. */
function isSearchDomain(text: string): boolean {
  return /^~?(?=.*[a-z])[a-z0-9_](?:[a-z0-9._-]{0,252})$/i.test(text) && !text.includes(":");
}

function withPrefixLength(network: string): string {
  return isIP(network) && !network.includes("%") ? `${network}/${isIPv4(network) ? 32 : 128}` : network;
}
