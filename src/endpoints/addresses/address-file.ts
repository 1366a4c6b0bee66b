import { copyFileSync } from "node:fs";
import * as v from "valibot";
import { attemptOr } from "../../platform/failure.ts";
import { readTextIfThere, replaceFile } from "../../platform/files/files.ts";
import type { Subnet } from "./subnet.ts";

/** The address of a hostname, and when somebody last wanted it. */
export interface AddressEntry {
  readonly ip: string;
  /** ISO 8601, in UTC. */
  readonly first_seen: string;
  /** When it was last given, or ceased to be wanted. */
  readonly last_seen: string;
  /** Whether it is wanted now. */
  readonly active: boolean;
}

const VERSION = 1;

const Document = v.object({
  version: v.literal(VERSION),
  subnet: v.string(),
  entries: v.record(v.string(), v.unknown()),
});

const Entry = v.object({
  ip: v.string(),
  first_seen: v.pipe(v.string(), v.isoTimestamp()),
  last_seen: v.pipe(v.string(), v.isoTimestamp()),
  active: v.boolean(),
});

/** As ngrokd writes it: a hostname and its address. */
const Flat = v.record(v.string(), v.unknown());

/**
 * Reads the addresses of a former run, or those of ngrokd, which are tombstones until somebody wants them. What cannot be
 * used is left out; the file is then kept as `<path>.bak`.
 * @param now ISO 8601. @param isReserved by its place in the subnet.
 */
export function readAddressFile(path: string, subnet: Subnet, isReserved: (index: number) => boolean, now: string) {
  const entries = new Map<string, AddressEntry>();
  const problems: string[] = [];
  const text = attemptOr(undefined, () => readTextIfThere(path));
  if (text === undefined) return { entries, problems };
  const used = new Set<string>();
  for (const [hostname, value] of parseEntries()) {
    const entry = toEntry(value);
    const index = entry === undefined ? undefined : subnet.indexOf(entry.ip);
    if (entry === undefined || index === undefined || isReserved(index) || used.has(entry.ip)) {
      problems.push(`the address of ${hostname} cannot be kept: ${why(entry, index)}`);
      continue;
    }
    used.add(entry.ip);
    entries.set(hostname, entry);
  }
  if (problems.length > 0) attemptOr(undefined, () => copyFileSync(path, `${path}.bak`));
  return { entries, problems };

  function parseEntries(): readonly (readonly [string, unknown])[] {
    const value: unknown = attemptOr(undefined, () => JSON.parse(text ?? ""));
    const document = v.safeParse(Document, value);
    if (document.success) return Object.entries(document.output.entries);
    const flat = v.safeParse(Flat, value);
    if (flat.success && !("version" in flat.output)) return Object.entries(flat.output);
    problems.push(`${path} is no list of addresses`);
    return [];
  }

  function toEntry(value: unknown): AddressEntry | undefined {
    if (typeof value === "string") return { ip: value, first_seen: now, last_seen: now, active: false };
    const entry = v.safeParse(Entry, value);
    return entry.success ? entry.output : undefined;
  }

  function why(entry: AddressEntry | undefined, index: number | undefined): string {
    if (entry === undefined) return "it is not written as one";
    if (index === undefined) return `${entry.ip} is not in ${subnet.text}`;
    return used.has(entry.ip) ? `another one has ${entry.ip}` : `${entry.ip} is reserved`;
  }
}

/** Writes them so that they survive a power cut. @throws the operating system's error. */
export function writeAddressFile(path: string, subnet: Subnet, entries: ReadonlyMap<string, AddressEntry>): void {
  const inOrder = Object.fromEntries([...entries].sort(([one], [other]) => (one < other ? -1 : 1)));
  replaceFile(path, `${JSON.stringify({ version: VERSION, subnet: subnet.text, entries: inOrder }, undefined, 2)}\n`);
}
