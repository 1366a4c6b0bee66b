import { isIP, isIPv4, isIPv6 } from "../../../platform/network/ip-address.ts";
import { foldCase } from "../../config/dialect/ini.ts";
import { keysOf, type LaidKey, type LaidSection, rewriteValue } from "../../config/dialect/ini-layout.ts";
import { isWayIn } from "../../config/ways-in.ts";

/** Notes a change, by the line of the original. */
export type Note = (line: number, message: string) => void;

/** How one value is written for wireproxy; `text` is undefined for a key that goes. */
interface Rewording {
  readonly text: string | undefined;
  /** What was done, after the key's name: `has no value, and is left out`. */
  readonly how: string;
}

type Reword = (value: string) => Rewording | undefined;

/** What wg(8) and wg-quick(8) know of each section: lists may be given in several lines, of all else the last one counts. */
const KEYS: Readonly<
  Record<string, { readonly lists: readonly string[]; readonly values: Readonly<Record<string, Reword>> }>
> = {
  interface: {
    lists: ["address", "dns"],
    values: { privatekey: rewordKey, mtu: leaveOutEmpty, listenport: leaveOutEmpty },
  },
  peer: {
    lists: ["allowedips"],
    values: {
      publickey: rewordKey,
      presharedkey: (value) => leaveOutEmpty(value) ?? rewordKey(value),
      endpoint: rewordEndpoint,
      persistentkeepalive: (value) =>
        foldCase(value) === "off" ? { text: "0", how: "= off is written as 0" } : leaveOutEmpty(value),
    },
  },
};

/** Translates the keys of one section, and joins those that are given several times; other sections stay as they are but for localhost. */
export function translateKeys(section: LaidSection, note: Note): LaidSection {
  if (isWayIn(section.name)) return nameLoopback(section, note);
  const known = KEYS[foldCase(section.name)];
  if (known === undefined) return section;
  const byName = Map.groupBy(keysOf(section), (key) => foldCase(key.name));
  const parts = section.parts.flatMap((part) => {
    if (typeof part === "string") return [part];
    const name = foldCase(part.name);
    const same = byName.get(name) ?? [];
    if (known.lists.includes(name)) return translateList(part, same, note);
    const reword = known.values[name];
    return reword === undefined ? [part] : translateValue(part, same, reword, note);
  });
  return { ...section, parts };
}

/** wireproxy would ask the name server for it. */
function nameLoopback(section: LaidSection, note: Note): LaidSection {
  const parts = section.parts.map((part) => {
    if (typeof part === "string" || foldCase(part.name) !== "bindaddress" || !/^localhost:/i.test(part.value))
      return part;
    note(part.line, `localhost in ${part.name} is written as 127.0.0.1`);
    return rewriteValue(part, part.value.replace(/^localhost/i, "127.0.0.1")) ?? part;
  });
  return { ...section, parts };
}

function translateValue(key: LaidKey, same: readonly LaidKey[], reword: Reword, note: Note): readonly LaidKey[] {
  const last = same.at(-1);
  if (last !== undefined && last !== key) {
    note(key.line, `${key.name} is left out: it is given again on line ${last.line}, and to wg the last one counts`);
    return [];
  }
  const reworded = reword(key.value);
  if (reworded === undefined) return [key];
  note(key.line, `${key.name} ${reworded.how}`);
  return reworded.text === undefined ? [] : rewrite(key, reworded.text);
}

/** @param same the lines of the list, in order. */
function translateList(key: LaidKey, same: readonly LaidKey[], note: Note): readonly (string | LaidKey)[] {
  const [first] = same;
  if (first !== key) {
    note(key.line, `${key.name} is joined into line ${first?.line}`);
    return [];
  }
  const items = same.flatMap(({ value }) => value.split(",").map((item) => item.trim()));
  const wanted = [...new Set(items.flatMap((item) => item.split(/\s+/)).filter((item) => item !== ""))];
  const name = foldCase(key.name);
  const kept = name === "dns" ? wanted.filter((item) => isIP(item) || !isSearchDomain(item)) : wanted;
  const written = kept.map(name === "allowedips" ? writeNetwork : name === "address" ? writeAddress : (item) => item);
  const changes = [
    items.some((item) => /\s/.test(item)) ? `${key.name} gets commas between its items` : [],
    kept.length < wanted.length ? `search domains are left out of ${key.name}: wireproxy knows none` : [],
    written.every((item, index) => item === kept[index])
      ? []
      : name === "address"
        ? `a netmask in ${key.name} is written as a prefix length`
        : `hosts in ${key.name} get their prefix length`,
  ].flat();
  for (const change of changes) note(key.line, change);
  if (same.length === 1 && changes.length === 0) return [key];
  return written.length === 0 && wanted.length > 0 ? [] : rewrite(key, written.join(", "));
}

/** One that cannot be written stays, and is then a finding. */
function rewrite(key: LaidKey, value: string): readonly LaidKey[] {
  return [rewriteValue(key, value) ?? key];
}

/** Panels write what is not set as an empty value, and `wg show` as (none). */
function leaveOutEmpty(value: string): Rewording | undefined {
  return value === "" || value === "(none)" ? { text: undefined, how: "has no value, and is left out" } : undefined;
}

/** WireGuard's own interface writes keys in hex, and links have them in the alphabet of URLs, without their last sign. */
function rewordKey(value: string): Rewording | undefined {
  if (/^[0-9a-f]{64}$/i.test(value)) {
    return { text: Buffer.from(value, "hex").toString("base64"), how: "is written in base64; it was hex" };
  }
  if (!/^[\w+/-]{43}=?$/.test(value)) return undefined;
  const text = `${value.slice(0, 43).replaceAll("-", "+").replaceAll("_", "/")}=`;
  return text === value ? undefined : { text, how: "is written in standard base64" };
}

/** wg takes the last colon for the port's. */
function rewordEndpoint(value: string): Rewording | undefined {
  const [, host = "", port] = /^([^[\]]*):(\d+)$/.exec(value) ?? [];
  if (!isIPv6(host)) return undefined;
  return { text: `[${host}]:${port}`, how: "gets brackets around its IPv6 address" };
}

/** Anything with a letter that is no address, such as fritz.box or corp; what looks like a mistyped address stays. */
function isSearchDomain(text: string): boolean {
  return /^~?(?=.*[a-z])[a-z0-9_](?:[a-z0-9._-]{0,252})$/i.test(text) && !text.includes(":");
}

function writeNetwork(network: string): string {
  return isIP(network) && !network.includes("%") ? `${network}/${isIPv4(network) ? 32 : 128}` : network;
}

/** iproute2, which wg-quick calls, takes a netmask too. */
function writeAddress(text: string): string {
  const [address = "", mask = ""] = text.split("/");
  if (!isIPv4(address) || !isIPv4(mask)) return text;
  const bits = mask
    .split(".")
    .map((part) => Number(part).toString(2).padStart(8, "0"))
    .join("");
  return /^1*0*$/.test(bits) ? `${address}/${bits.replace(/0/g, "").length}` : text;
}
