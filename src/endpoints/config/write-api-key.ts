import { readFileSync, realpathSync, statSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { Failure, orFileUnusable } from "../../platform/failure.ts";
import { replaceFile } from "../../platform/files/files.ts";

/**
 * Sets the API key in a YAML file; every other byte, comments among them, stays as it is, and afterwards the file is for its
 * owner alone. @param place of the key, `["api", "key"]`.
 * @throws Failure `file-unusable`, `settings-invalid` where it is written in a way that cannot be edited.
 */
export function writeApiKey(path: string, place: readonly string[], key: string): void {
  const hint = "make it a file that you may write to; the former key stays in force";
  orFileUnusable(`cannot read ${path}`, hint, () => statSync(path));
  const target = realpathSync(path);
  const text = readFileSync(target, "utf8");
  const edited = setValue(text, place, key);
  orFileUnusable(`cannot write the API key into ${path}`, hint, () => {
    if (edited !== text) replaceFile(target, edited);
  });
}

/** @throws Failure `settings-invalid`. */
export function setValue(text: string, place: readonly string[], value: string): string {
  const lines = text.split("\n");
  const edited = edit(lines, { from: 0, to: lines.length, indent: 0 }, place, JSON.stringify(value)).join("\n");
  const [before, after] = [parse(text), parse(edited)];
  if (isDeepStrictEqual(after, withValue(before, place, value))) return edited;
  throw new Failure("settings-invalid", `${place.join(".")} stands in a way that cannot be edited`, {
    hint: "write the key there by hand",
  });
}

interface Block {
  readonly from: number;
  /** The first line that is no longer in it. */
  readonly to: number;
  /** Of its keys, where it has none yet. */
  readonly indent: number;
}

function edit(lines: readonly string[], block: Block, place: readonly string[], json: string): readonly string[] {
  const [name = "", ...rest] = place;
  const inside = lines.slice(block.from, block.to);
  const indent = inside.map(indentOf).find((own) => own !== undefined) ?? block.indent;
  const at = inside.findIndex((line) => indentOf(line) === indent && keyOf(line) === name);
  if (at === -1) {
    const last = inside.findLastIndex((line) => indentOf(line) !== undefined);
    return lines.toSpliced(block.from + last + 1, 0, ...writeBlock(place, indent, json));
  }
  const index = block.from + at;
  const line = lines[index] ?? "";
  const [, head = "", value = ""] = /^(\s*[^:#]+:)(.*)$/.exec(line.replace(/\r$/, "")) ?? [];
  if (rest.length === 0) return lines.with(index, `${head} ${json}${commentOf(value)}`);
  if (value.trimStart().startsWith("{")) return lines.with(index, head + editFlow(value, rest, json));
  const next = lines.findIndex((other, number) => number > index && (indentOf(other) ?? indent + 1) <= indent);
  const to = next === -1 ? lines.length : next;
  return edit(lines, { from: index + 1, to: Math.min(to, block.to), indent: indent + 2 }, rest, json);
}

/** `{ url: "…", key: "" }`, in one line. */
function editFlow(flow: string, place: readonly string[], json: string): string {
  const [name = "", ...rest] = place;
  if (rest.length > 0) return flow;
  const known = new RegExp(`([{,]\\s*${name}\\s*:\\s*)("(?:[^"\\\\]|\\\\.)*"|'[^']*'|[^,}]*?)(\\s*[,}])`);
  if (known.test(flow)) return flow.replace(known, (_, before, _value, after) => `${before}${json}${after}`);
  return flow.replace("{", () => (/\{\s*\}/.test(flow) ? `{ ${name}: ${json} ` : `{ ${name}: ${json},`));
}

function writeBlock(place: readonly string[], indent: number, json: string): readonly string[] {
  return place.map((name, depth) => {
    const end = depth === place.length - 1 ? ` ${json}` : "";
    return `${" ".repeat(indent + 2 * depth)}${name}:${end}`;
  });
}

/** Undefined for a line that says nothing. */
function indentOf(line: string): number | undefined {
  const text = line.trimStart();
  return text === "" || text.startsWith("#") || text.startsWith("---") ? undefined : line.length - text.length;
}

function keyOf(line: string): string {
  return (
    /^\s*(?:"([^"]+)"|'([^']+)'|([^\s:#]+))\s*:/
      .exec(line)
      ?.slice(1)
      .find((name) => name !== undefined) ?? ""
  );
}

function commentOf(value: string): string {
  return /\s#.*$/.exec(value.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/, (quoted) => "x".repeat(quoted.length)))?.[0] ?? "";
}

function withValue(document: unknown, place: readonly string[], value: string): unknown {
  const [name, ...rest] = place;
  if (name === undefined) return value;
  const own = isRecord(document) ? document : {};
  return { ...own, [name]: withValue(own[name], rest, value) };
}

function parse(text: string): unknown {
  try {
    return Bun.YAML.parse(text) ?? {};
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
