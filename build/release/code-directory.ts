// The numbers of a code signature, as Apple's cs_blobs.h has them. All of it is big-endian.

export const SUPER_BLOB_MAGIC = 0xfade0cc0;
export const CODE_DIRECTORY_MAGIC = 0xfade0c02;
/** The slot that holds the code directory. */
export const CODE_DIRECTORY_SLOT = 0;
export const HASH_SIZE = 32;
export const SHA256_TYPE = 2;
/** CS_ADHOC | CS_LINKER_SIGNED: nobody's signature, as every linker writes it. */
export const AD_HOC_FLAGS = 0x20002;

const SUPER_BLOB_SIZE = 20;
const DIRECTORY_SIZE = 88;
const PAGE_SHIFT = 12;
const PAGE_SIZE = 1 << PAGE_SHIFT;
/** The first version with the executable segment. */
const VERSION = 0x20400;
const MAIN_BINARY = 1;

/** How many bytes `writeSignature` gives for so much code, a multiple of 16. */
export function signatureSize(codeSize: number, identifier: string): number {
  const length = hashesOffset(identifier) + Math.ceil(codeSize / PAGE_SIZE) * HASH_SIZE + SUPER_BLOB_SIZE;
  return Math.ceil(length / 16) * 16;
}

/**
 * An ad-hoc signature.
 * @param code everything in front of it, in its final form.
 * @param text the segment that holds the executable code.
 */
export function writeSignature(
  code: Uint8Array,
  identifier: string,
  text: { readonly offset: number; readonly size: number },
): Uint8Array {
  const pages = Math.ceil(code.length / PAGE_SIZE);
  const hashes = hashesOffset(identifier);
  const directorySize = hashes + pages * HASH_SIZE;
  const signature = new Uint8Array(signatureSize(code.length, identifier));
  const directory = signature.subarray(SUPER_BLOB_SIZE, SUPER_BLOB_SIZE + directorySize);

  writeWords(signature, [SUPER_BLOB_MAGIC, SUPER_BLOB_SIZE + directorySize, 1, CODE_DIRECTORY_SLOT, SUPER_BLOB_SIZE]);
  writeWords(directory, [CODE_DIRECTORY_MAGIC, directorySize, VERSION, AD_HOC_FLAGS, hashes, DIRECTORY_SIZE, 0, pages]);
  const view = new DataView(directory.buffer, directory.byteOffset, directory.byteLength);
  view.setUint32(32, code.length);
  directory.set([HASH_SIZE, SHA256_TYPE, 0, PAGE_SHIFT], 36);
  view.setBigUint64(64, BigInt(text.offset));
  view.setBigUint64(72, BigInt(text.size));
  view.setBigUint64(80, BigInt(MAIN_BINARY));
  directory.set(new TextEncoder().encode(identifier), DIRECTORY_SIZE);
  for (let page = 0; page < pages; page++) {
    const hash = hashPage(code.subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE));
    directory.set(hash, hashes + page * HASH_SIZE);
  }
  return signature;
}

export function hashPage(page: Uint8Array): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(page).digest();
}

/** The hashes follow the identifier and its closing zero. */
function hashesOffset(identifier: string): number {
  return DIRECTORY_SIZE + new TextEncoder().encode(identifier).length + 1;
}

function writeWords(target: Uint8Array, words: readonly number[]): void {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  words.forEach((word, index) => {
    view.setUint32(index * 4, word);
  });
}
