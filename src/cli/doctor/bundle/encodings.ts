import { attemptOr } from "../../../platform/failure.ts";

/** Shorter pieces of an encoding reveal little, and would be found by chance. */
const LEAST_LENGTH = 8;

/**
 * How else a secret may be written in a file: hex, base64 (also where it stands in the middle of a longer text), percent
 * signs, JSON's escapes; for one that is base64 itself, its bytes in each of these too. The secret as it is comes first.
 */
export function encodingsOf(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret);
  const decoded = decodeBase64(secret);
  const encoded = [bytes, ...(decoded === undefined ? [] : [decoded])].flatMap(encodeBytes);
  const quoted = [encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), withoutPadding(secret)];
  return [...new Set([secret, ...quoted, ...encoded.filter((text) => text.length >= LEAST_LENGTH)])];
}

function encodeBytes(bytes: Uint8Array): readonly string[] {
  const hex = bytes.toHex();
  const whole = bytes.toBase64();
  const standard = [whole, withoutPadding(whole), ...[0, 1, 2].map((offset) => coreOfBase64(bytes, offset))];
  return [hex, hex.toUpperCase(), ...standard.flatMap((text) => [text, toUrlAlphabet(text)])];
}

/** What base64 makes of the bytes alone, wherever they begin: RFC 4648 takes three bytes at a time. */
function coreOfBase64(bytes: Uint8Array, offset: number): string {
  const padded = new Uint8Array(offset + bytes.length);
  padded.set(bytes, offset);
  const text = withoutPadding(padded.toBase64());
  const first = Math.ceil((offset * 8) / 6);
  return text.slice(first, padded.length % 3 === 0 ? text.length : -1);
}

function withoutPadding(text: string): string {
  return text.replace(/=+$/, "");
}

function toUrlAlphabet(text: string): string {
  return text.replaceAll("+", "-").replaceAll("/", "_");
}

/** Only keys and tokens are as long and have such letters. */
function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length < 16 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return attemptOr(undefined, () => Uint8Array.fromBase64(text));
}
