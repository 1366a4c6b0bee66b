/** One entry of an archive. */
export interface TarEntry {
  /** With slashes; a folder's ends in one. At most 100 bytes. */
  readonly name: string;
  readonly mode: number;
  /** Nothing for a folder. */
  readonly content: Uint8Array;
}

const BLOCK = 512;

/**
 * An archive in the POSIX ustar format, the same bytes for the same entries: they are sorted, and all belong to root.
 * @param seconds since 1970, the time of change of every entry.
 * @throws RangeError for a name that is too long.
 */
export function writeTar(entries: readonly TarEntry[], seconds: number): Uint8Array<ArrayBuffer> {
  const sorted = [...entries].sort((one, other) => (one.name < other.name ? -1 : 1));
  const sizes = sorted.map(({ content }) => BLOCK + roundUp(content.length, BLOCK));
  // Two empty blocks close an archive.
  const archive = new Uint8Array(sizes.reduce((sum, size) => sum + size, 2 * BLOCK));
  let offset = 0;
  sorted.forEach((entry, index) => {
    archive.set(writeHeader(entry, seconds), offset);
    archive.set(entry.content, offset + BLOCK);
    offset += sizes[index] ?? 0;
  });
  return archive;
}

function writeHeader({ name, mode, content }: TarEntry, seconds: number): Uint8Array {
  const header = new Uint8Array(BLOCK);
  const put = (text: string, offset: number) => header.set(new TextEncoder().encode(text), offset);
  if (new TextEncoder().encode(name).length > 100) throw new RangeError(`${name} is too long a name for an archive`);
  put(name, 0);
  put(octal(mode, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(content.length, 11), 124);
  put(octal(seconds, 11), 136);
  put(name.endsWith("/") ? "5" : "0", 156);
  put("ustar\u000000", 257);
  put("root", 265);
  put("root", 297);
  // The sum is taken with spaces in its own place.
  header.fill(0x20, 148, 156);
  put(`${octal(sum(header), 6)}\0 `, 148);
  return header;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => total + byte, 0);
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
