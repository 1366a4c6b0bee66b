import { Failure } from "../../../platform/failure.ts";

/**
 * The content of the one file in a tar archive. Much less than tar is accepted, on purpose: exactly one regular member, its
 * name exactly `expectedName`, then the two zero blocks that end an archive and nothing but zeros. Links, folders, paths,
 * second members, extended headers and a cut end are all refused.
 * @param limit the most bytes the member may have.
 * @returns a view into `archive`, not a copy.
 * @throws Failure `program-corrupt`.
 */
export function readSingleMember(archive: Uint8Array, expectedName: string, limit: number): Uint8Array {
  const header = archive.subarray(0, BLOCK);
  if (header.length < BLOCK) throw malformed("it is cut off within its header");
  verifyChecksum(header);
  const type = header[TYPE_OFFSET];
  if (type !== REGULAR && type !== REGULAR_OF_OLD) throw malformed("its member is not a regular file");
  const [name, prefix] = [readText(header, 0, 100), isUstar(header) ? readText(header, 345, 155) : ""];
  if (prefix !== "" || name !== expectedName) {
    throw malformed(`its member is named ${JSON.stringify(`${prefix}${prefix && "/"}${name}`)}, not ${expectedName}`);
  }
  const size = readOctal(header, 124, 12);
  if (size === 0) throw malformed("its member is empty");
  if (size > limit) throw malformed(`its member has ${size} bytes, more than the ${limit} that are accepted`);
  const end = BLOCK + size;
  const padded = Math.ceil(end / BLOCK) * BLOCK;
  if (archive.length < padded + 2 * BLOCK) throw malformed("it is cut off");
  if (archive.subarray(end).some((byte) => byte !== 0)) throw malformed("it holds more than one member");
  return archive.subarray(BLOCK, end);
}

const BLOCK = 512;
const CHECKSUM_OFFSET = 148;
const TYPE_OFFSET = 156;
const REGULAR = "0".charCodeAt(0);
const REGULAR_OF_OLD = 0;

/** The checksum is the sum of the header's bytes, its own eight counted as blanks. */
function verifyChecksum(header: Uint8Array): void {
  const own = header.subarray(CHECKSUM_OFFSET, CHECKSUM_OFFSET + 8);
  const add = (sum: number, byte: number): number => sum + byte;
  const actual = header.reduce(add, 0) - own.reduce(add, 0) + 8 * " ".charCodeAt(0);
  if (readOctal(header, CHECKSUM_OFFSET, 8) !== actual) throw malformed("the checksum of its header is wrong");
}

function isUstar(header: Uint8Array): boolean {
  return readText(header, 257, 5) === "ustar";
}

/** A field that ends at its first NUL or where it is full. */
function readText(header: Uint8Array, offset: number, length: number): string {
  const field = header.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end === -1 ? field : field.subarray(0, end));
}

/** The base-256 form, for files beyond 8 GiB, is not octal and is refused with everything else that is not. */
function readOctal(header: Uint8Array, offset: number, length: number): number {
  const digits = readText(header, offset, length).trim();
  if (!/^[0-7]+$/.test(digits)) throw malformed("a number in its header is not octal");
  return Number.parseInt(digits, 8);
}

function malformed(what: string): Failure {
  return new Failure("program-corrupt", `the wireproxy archive is not usable: ${what}`, {
    hint: "nothing was installed; try another mirror",
  });
}
