import { attemptOr } from "../../platform/failure.ts";

// The line protocol of WpDaemon and Argus' Python daemon on 127.0.0.1:23888: one request line, one reply line. This folder
// translates between the wire and tunnels/, and it alone knows the wire's field names and error texts. It decides nothing.
// docs/protocols/line.md describes the wire.

/** A request as parsed; `name` is what the reply carries as `CMD`. */
export type LineCommand =
  | { readonly name: "spin_up"; readonly config: string; readonly surplus: number }
  | { readonly name: "spin_down" | "state" | "available_confs" | "whoami"; readonly surplus: number };

type ParsedLine =
  | { readonly command: LineCommand }
  /** `name` is `unknown` where the line could not be parsed at all. */
  | { readonly name: string; readonly error: string };

/** The reply to a line that never got its LF. */
export const NEWLINE_NOT_FOUND = "Newline not found";

/**
 * Parses one line without its LF: `CMD:ARG1,ARG2,…`; blanks around each are dropped, and empty arguments too. The colon is
 * mandatory, letter case counts. docs/protocols/line.md, Request lines.
 */
export function parseLine(line: Uint8Array): ParsedLine {
  const text = decode(line);
  if (text === undefined) return { name: "unknown", error: "Parsing error: invalid UTF-8" };
  const colon = text.indexOf(":");
  if (colon === -1) return { name: "unknown", error: "Parsing error: colon not found" };
  const name = trimBlanks(text.slice(0, colon));
  const parameters = text
    .slice(colon + 1)
    .split(",")
    .map(trimBlanks)
    .filter((parameter) => parameter !== "");
  switch (name) {
    case "spin_up": {
      const config = parameters[0];
      if (config === undefined) return { name, error: "Not enough args: spin_up requires config name" };
      return { command: { name, config, surplus: parameters.length - 1 } };
    }
    case "spin_down":
    case "state":
    case "available_confs":
    case "whoami":
      return { command: { name, surplus: parameters.length } };
    default:
      return { name, error: `Unknown command: ${name}` };
  }
}

function decode(line: Uint8Array): string | undefined {
  return attemptOr(undefined, () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line));
}

const BLANKS = " \t\r\v\f";

/** ASCII blanks only: a name may begin with any other character. One pass, for a line may be 64 KiB of blanks. */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && BLANKS.includes(text.charAt(start))) start += 1;
  while (end > start && BLANKS.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
