/** Every method a browser or a tool may open with. */
const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"]);

const REQUEST_LINE = /^\S+ \S.* HTTP\/\d(\.\d)?\r?$/i;

const SPACE = 0x20;
const WHITESPACE = new Set([0x09, 0x0a, 0x0d]);

/**
 * Whether the first line of a connection is another protocol's: HTTP, by which any web page can reach a local port
 * (`fetch` with `no-cors` sends its body, and each line of it would be a command), or a binary one (TLS, STUN), whose
 * messages may carry text of a page's choice too. docs/protocols/line.md.
 */
export function isForeignProtocol(firstLine: Uint8Array): boolean {
  const first = firstLine[0];
  if (first !== undefined && first < SPACE && !WHITESPACE.has(first)) return true;
  const text = new TextDecoder("latin1").decode(firstLine);
  if (REQUEST_LINE.test(text)) return true;
  return METHODS.has(text.split(/\s/, 1)[0] ?? "");
}
