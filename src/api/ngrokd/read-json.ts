const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENING: readonly number[] = [0x7b, 0x5b];
const CLOSING: readonly number[] = [0x7d, 0x5d];
const BRACE = 0x7b;
const BLANKS: readonly number[] = [0x20, 0x09, 0x0a, 0x0d];

/**
 * Finds where a JSON object ends that comes by parts, blanks before it aside: by its braces alone, it is not checked. Each
 * byte is looked at once.
 */
export function createJsonScanner() {
  let position = 0;
  let depth = 0;
  let isText = false;
  let isEscaped = false;

  /** @returns how many bytes the object and the blanks before it have, in all parts together. */
  return (part: Uint8Array): number | "incomplete" | "no object" => {
    for (const byte of part) {
      position += 1;
      if (isEscaped) isEscaped = false;
      else if (isText) {
        isEscaped = byte === BACKSLASH;
        isText = byte !== QUOTE;
      } else if (depth === 0 && byte !== BRACE) {
        if (!BLANKS.includes(byte)) return "no object";
      } else if (byte === QUOTE) isText = true;
      else if (OPENING.includes(byte)) depth += 1;
      else if (CLOSING.includes(byte)) {
        depth -= 1;
        if (depth === 0) return position;
      }
    }
    return "incomplete";
  };
}
