import {
  CODE_DIRECTORY_MAGIC,
  CODE_DIRECTORY_SLOT,
  HASH_SIZE,
  hashPage,
  SHA256_TYPE,
  SUPER_BLOB_MAGIC,
} from "./code-directory.ts";
import { readMachO } from "./mach-o.ts";

export interface SignatureReport {
  readonly identifier: string;
  readonly flags: number;
  readonly pages: number;
  /** The numbers of the pages that are not what was signed. */
  readonly wrongPages: readonly number[];
}

/**
 * Hashes every page of a Mach-O executable and compares it with its signature.
 * @throws Error where the signature is missing, damaged, or does not cover all in front of it.
 */
export function verifyMachO(bytes: Uint8Array): SignatureReport {
  const { linkedit, signature } = readMachO(bytes);
  if (signature === undefined) throw new Error("this Mach-O file has no signature");
  if (signature.offset + signature.size !== bytes.length || linkedit.offset + linkedit.size !== bytes.length) {
    throw new Error("the signature does not end where the file and its last segment end");
  }
  const directory = findCodeDirectory(bytes.subarray(signature.offset));
  const view = new DataView(directory.buffer, directory.byteOffset, directory.byteLength);
  const hashes = view.getUint32(16);
  const pages = view.getUint32(28);
  const codeSize = view.getUint32(32);
  const pageSize = 1 << view.getUint8(39);
  if (view.getUint8(36) !== HASH_SIZE || view.getUint8(37) !== SHA256_TYPE)
    throw new Error("the hashes are no SHA-256");
  if (codeSize !== signature.offset) {
    throw new Error(`the signature covers ${codeSize} bytes of the ${signature.offset} in front of it`);
  }
  if (pages !== Math.ceil(codeSize / pageSize) || hashes + pages * HASH_SIZE > directory.length) {
    throw new Error("the signature has another number of hashes than the file has pages");
  }
  const wrongPages: number[] = [];
  for (let page = 0; page < pages; page++) {
    const found = hashPage(bytes.subarray(page * pageSize, Math.min((page + 1) * pageSize, codeSize)));
    const signed = directory.subarray(hashes + page * HASH_SIZE, hashes + (page + 1) * HASH_SIZE);
    if (!Buffer.from(found).equals(signed)) wrongPages.push(page);
  }
  return { identifier: readText(directory, view.getUint32(20)), flags: view.getUint32(12), pages, wrongPages };
}

function findCodeDirectory(signature: Uint8Array): Uint8Array {
  const view = new DataView(signature.buffer, signature.byteOffset, signature.byteLength);
  if (signature.length < 20 || view.getUint32(0) !== SUPER_BLOB_MAGIC) throw new Error("the signature is damaged");
  const end = Math.min(12 + view.getUint32(8) * 8, signature.length - 7);
  for (let entry = 12; entry < end; entry += 8) {
    if (view.getUint32(entry) !== CODE_DIRECTORY_SLOT) continue;
    const offset = view.getUint32(entry + 4);
    if (offset + 44 > signature.length || view.getUint32(offset) !== CODE_DIRECTORY_MAGIC) break;
    return signature.subarray(offset, offset + view.getUint32(offset + 4));
  }
  throw new Error("the signature has no code directory");
}

function readText(bytes: Uint8Array, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return new TextDecoder().decode(bytes.subarray(offset, end === -1 ? undefined : end));
}
