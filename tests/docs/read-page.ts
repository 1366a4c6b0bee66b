import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dir, "../..");

/** Every page that the tests read, as paths from the root. */
export const PAGES: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "SECURITY.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .toSorted()
    .map((name) => `docs/${name}`),
];

/** What stands between two fences. */
export interface Block {
  readonly line: number;
  /** The first word after the fence; empty where there is none. */
  readonly language: string;
  /** The words behind it, which say how it is tried. */
  readonly words: readonly string[];
  readonly text: string;
}

export interface Page {
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** Anchors of its headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
  /** Targets of its links. */
  readonly links: readonly string[];
  /** What stands in backticks within its sentences. */
  readonly words: readonly string[];
  /** Commands that a comment `<!-- before: COMMAND -->` asks for before its first block. */
  readonly before: readonly string[];
}

/** Reads a page apart. @param path from the root. */
export function readPage(path: string): Page {
  const text = readFileSync(join(ROOT, path), "utf8");
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { line: number; info: string; lines: string[] } | undefined;
  text.split("\n").forEach((line, index) => {
    const fence = /^```(.*)$/.exec(line);
    if (fence === null) (open?.lines ?? prose).push(line);
    else if (open === undefined) open = { line: index + 1, info: fence[1] ?? "", lines: [] };
    else {
      const [language = "", ...words] = open.info.trim().split(/\s+/);
      blocks.push({ line: open.line, language, words, text: open.lines.join("\n") });
      open = undefined;
    }
  });
  if (open !== undefined) throw new Error(`${path}:${open.line}: the fence is never closed`);
  const sentences = prose.join("\n");
  return {
    path,
    text,
    blocks,
    anchors: new Set([...sentences.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading))),
    links: [...sentences.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target),
    words: [...sentences.matchAll(/`([^`\n]+)`/g)].map(([, word = ""]) => word),
    before: [...text.matchAll(/<!-- before: (.+?) -->/g)].map(([, command = ""]) => command),
  };
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}
