/** Gives the lines of a file, each with its LF; undefined at its end. */
export interface LineReader {
  next(): string | undefined;
}

/**
 * Reads a value that may go on over the next lines.
 * @param rest what follows the separator on the key's line.
 * @returns undefined where a quote is never closed.
 */
export function readValue(rest: string, lines: LineReader): string | undefined {
  const text = trimSpaceStart(rest);
  if (text === "") return "";
  if (text.startsWith("`")) return readQuoted(text, "`", lines);
  if (text.startsWith('"""') && text.length > 3) return readQuoted(text, '"""', lines);
  const line = trimSpace(text);
  if (line.endsWith("\\")) return readContinued(line.slice(0, -1), lines);
  const comment = line.search(/[#;]/);
  return removeQuotes(comment === -1 ? line : trimSpace(line.slice(0, comment)));
}

/**
 * Whether the dialect takes the end of a value for a comment although no blank sets it off: `pa#ss` is read as `pa`.
 * @param rest as for `readValue`.
 */
export function isCutShort(rest: string): boolean {
  const text = trimSpaceStart(rest);
  if (text.startsWith("`") || (text.startsWith('"""') && text.length > 3)) return false;
  const line = trimSpace(text);
  const comment = line.endsWith("\\") ? -1 : line.search(/[#;]/);
  if (comment === -1) return false;
  // A value that only begins so may be meant as one, too; a comment has a blank after its sign.
  return !SPACE.has(line.charAt(comment === 0 ? 1 : comment - 1));
}

/** Taken literally up to the last such quote of the line that closes it; what follows there is dropped. */
function readQuoted(text: string, quote: string, lines: LineReader): string | undefined {
  const body = text.slice(quote.length);
  const end = body.lastIndexOf(quote);
  if (end !== -1) return body.slice(0, end);
  const parts = [body];
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    const close = line.lastIndexOf(quote);
    if (close !== -1) return [...parts, line.slice(0, close)].join("");
    parts.push(line);
  }
  return undefined;
}

/** A continued value keeps its comments and quotes, and ends with a line that is blank or does not end in `\`. */
function readContinued(first: string, lines: LineReader): string {
  const parts = [first];
  for (;;) {
    const line = trimSpace(lines.next() ?? "");
    if (!line.endsWith("\\")) return [...parts, line].join("");
    parts.push(line.slice(0, -1));
  }
}

/** One pair around the whole value, unless the same quote stands inside too. */
function removeQuotes(value: string): string {
  const quote = value.charAt(0);
  if (quote !== "'" && quote !== '"') return value;
  return value.indexOf(quote, 1) === value.length - 1 && value.length > 1 ? value.slice(1, -1) : value;
}

/** Blanks in the dialect are Unicode's White_Space; JavaScript's `trim` differs from it in U+0085 and U+FEFF. */
const SPACE = new Set(
  "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000",
);

export function trimSpaceStart(text: string): string {
  let start = 0;
  while (start < text.length && SPACE.has(text.charAt(start))) start++;
  return text.slice(start);
}

export function trimSpace(text: string): string {
  let end = text.length;
  while (end > 0 && SPACE.has(text.charAt(end - 1))) end--;
  return trimSpaceStart(text.slice(0, end));
}
