import { signatureSize, writeSignature } from "./code-directory.ts";
import { readMachO } from "./mach-o.ts";

/** Segments begin on a page; 16 KiB suits both processors. */
const SEGMENT_ALIGNMENT = 0x4000;

/**
 * A copy of a Mach-O executable with an ad-hoc signature in place of the one it has, whoever made that.
 * @param identifier the name in the signature.
 * @throws Error where it is no such executable, or has no signature at the end that could be replaced.
 */
export function signMachO(bytes: Uint8Array, identifier: string): Uint8Array {
  const { text, linkedit, signature } = readMachO(bytes);
  if (signature === undefined) throw new Error("this Mach-O file has no signature to replace");
  const codeSize = signature.offset;
  if (codeSize + signature.size !== bytes.length || codeSize < linkedit.offset || codeSize % 16 !== 0) {
    throw new Error("this Mach-O file's signature is not where it belongs, at its end");
  }
  const size = signatureSize(codeSize, identifier);
  const signed = new Uint8Array(codeSize + size);
  signed.set(bytes.subarray(0, codeSize));

  // The load commands are signed as well, so they come first.
  const view = new DataView(signed.buffer);
  const linkeditSize = signed.length - linkedit.offset;
  const memorySize = Math.ceil(linkeditSize / SEGMENT_ALIGNMENT) * SEGMENT_ALIGNMENT;
  view.setUint32(signature.command + 12, size, true);
  view.setBigUint64(linkedit.command + 48, BigInt(linkeditSize), true);
  view.setBigUint64(linkedit.command + 32, BigInt(Math.max(linkedit.memorySize, memorySize)), true);
  signed.set(writeSignature(signed.subarray(0, codeSize), identifier, text), codeSize);
  return signed;
}
