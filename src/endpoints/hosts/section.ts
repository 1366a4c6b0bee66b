// The part of a hosts file that is ours. Files are text in latin1 here, so that every byte, whatever it means, comes back as
// it was.

/** The line of an endpoint. */
export interface HostsLine {
  readonly ip: string;
  readonly hostname: string;
}

export interface SectionOptions {
  /** Whether an address is one of those that we give: how our lines are known where the end of their section is missing. */
  readonly isOurs: (ip: string) => boolean;
  /** Whether the section of an ngrokd is taken over, as that of a former daemon of this machine. */
  readonly takesOver: boolean;
}

/** A hosts file after a change. */
export interface EditedHosts {
  readonly text: string;
  /** What was amiss with it, in sentences. */
  readonly warnings: readonly string[];
}

const OWN = { begin: "# BEGIN wpdaemon endpoints", end: "# END wpdaemon endpoints" };
const NGROKD = { begin: "# BEGIN ngrokd managed section", end: "# END ngrokd managed section" };

/** What stands above a new section for it to stand by itself; the note in it says so, and it goes with the section. */
const NOTES = {
  nothing: "# wpdaemon has written this section; what is changed within it is lost.",
  "empty line": "# wpdaemon has written this section and the empty line above it; what is changed within it is lost.",
  "line end and empty line":
    "# wpdaemon has written this section, the empty line above it and the end of the line before; what is changed within it is lost.",
} as const;

type Addition = keyof typeof NOTES;

/**
 * Puts these lines into the section of a hosts file, in the order of their names; without lines the section goes, and all
 * is as it was before it came. Everything outside of it stays as it is, byte for byte.
 */
export function editSection(text: string, lines: readonly HostsLine[], options: SectionOptions): EditedHosts {
  const all = splitLines(text);
  const { sections, warnings } = findSections(all, options);
  const first = sections.find(({ isStray }) => !isStray);
  const others = sections.filter((section) => section !== first);
  const keep = (from: number, to: number) =>
    all.slice(from, to).filter((_, index) => !others.some((other) => contains(other, from + index)));
  if (first === undefined) {
    const kept = keep(0, all.length).join("");
    return { text: lines.length === 0 ? kept : append(kept, lines), warnings };
  }
  const addition = readAddition(all.slice(first.from, first.to));
  const before = keep(0, first.from).join("");
  const after = keep(first.to, all.length).join("");
  if (lines.length === 0) return { text: takeAdditionFrom(before, addition, after) + after, warnings };
  return { text: before + writeSection(lines, lineEndOf(text), addition) + after, warnings };
}

function append(text: string, lines: readonly HostsLine[]): string {
  const end = lineEndOf(text);
  const last = splitLines(text).at(-1) ?? "";
  if (last.trim() === "" && (last === "" || last.endsWith("\n"))) return text + writeSection(lines, end, "nothing");
  if (last.endsWith("\n")) return text + end + writeSection(lines, end, "empty line");
  return text + end + end + writeSection(lines, end, "line end and empty line");
}

function writeSection(lines: readonly HostsLine[], end: string, addition: Addition): string {
  const inOrder = lines.toSorted((one, other) => (one.hostname < other.hostname ? -1 : 1));
  const entries = inOrder.map(({ ip, hostname }) => `${ip}\t${hostname}`);
  return [OWN.begin, NOTES[addition], ...entries, OWN.end].map((line) => line + end).join("");
}

/** What was put above a section when it was written. */
function readAddition(section: readonly string[]): Addition {
  const note = section[1]?.trim();
  if (note === NOTES["empty line"]) return "empty line";
  return note === NOTES["line end and empty line"] ? "line end and empty line" : "nothing";
}

/** What stood before a section, without what was put there for it; what somebody has changed since then stays. */
function takeAdditionFrom(before: string, addition: Addition, after: string): string {
  const [, end] = /(?:^|\n)(\r?\n)$/.exec(before) ?? [];
  if (addition === "nothing" || end === undefined) return before;
  const rest = before.slice(0, -end.length);
  return addition === "line end and empty line" && after === "" && rest.endsWith(end)
    ? rest.slice(0, -end.length)
    : rest;
}

/** As most of the file has it. */
function lineEndOf(text: string): string {
  const [all, carriage] = [text.match(/\n/g)?.length ?? 0, text.match(/\r\n/g)?.length ?? 0];
  return carriage * 2 > all ? "\r\n" : "\n";
}

/** What the file says of a name elsewhere than in its section: those lines that map it to another address than ours. */
export function findConflicts(text: string, lines: readonly HostsLine[], options: SectionOptions) {
  const all = splitLines(text);
  const { sections } = findSections(all, options);
  const ours = new Map(lines.map(({ hostname, ip }) => [hostname, ip]));
  return all.flatMap((line, index) => {
    if (sections.some((section) => contains(section, index))) return [];
    const [address = "", ...names] = line.replace(/#.*/s, "").trim().split(/\s+/);
    return names
      .map((name) => name.toLowerCase())
      .filter((name) => ours.has(name) && ours.get(name) !== address)
      .map((hostname) => ({ hostname, address, line: index + 1 }));
  });
}

/** Whether a name may stand in a hosts file: letters, digits, `-`, `_` and dots, at most 253 characters; no wildcard. */
export function isHostsName(hostname: string): boolean {
  const label = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";
  return hostname.length <= 253 && new RegExp(`^${label}(?:\\.${label})*$`, "i").test(hostname);
}

/** Lines with their ends. */
function splitLines(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Lines of ours: a section, or an end that has no beginning. */
interface Region {
  readonly from: number;
  /** The first line that is no longer in it. */
  readonly to: number;
  readonly isStray: boolean;
}

function findSections(all: readonly string[], { isOurs, takesOver }: SectionOptions) {
  const sections: Region[] = [];
  const warnings: string[] = [];
  const markers = takesOver ? [OWN, NGROKD] : [OWN];
  for (let from = 0; from < all.length; ) {
    const line = all[from]?.trim();
    const marker = markers.find(({ begin, end }) => begin === line || end === line);
    if (marker === undefined) {
      from += 1;
      continue;
    }
    const isStray = line === marker.end;
    let to = from + 1;
    if (isStray) warnings.push(`line ${to} ended a section that had not begun: it was removed`);
    else {
      const next = all.findIndex((other, index) => index > from && isMarker(other.trim()));
      const isWhole = all[next]?.trim() === marker.end;
      if (isWhole) to = next + 1;
      else {
        while (isOwnLine(all[to])) to += 1;
        warnings.push(`the section from line ${from + 1} on had no end: what looked like ours was taken for it`);
      }
    }
    sections.push({ from, to, isStray });
    from = to;
  }
  return { sections, warnings };

  function isMarker(line: string): boolean {
    return markers.some(({ begin, end }) => begin === line || end === line);
  }

  function isOwnLine(line: string | undefined): boolean {
    const text = line?.trim() ?? "";
    const [, ip = ""] = /^([\d.]+)\t\S+$/.exec(text) ?? [];
    return isOurs(ip) || Object.values<string>(NOTES).includes(text);
  }
}

function contains({ from, to }: Region, index: number): boolean {
  return index >= from && index < to;
}
