/** What an ELF executable says of the machine that it is for. */
export interface ElfIdentity {
  /** Undefined for a machine that no release is made for. */
  readonly arch: "x64" | "arm64" | undefined;
  /** The loader that starts it; undefined for a static executable. */
  readonly interpreter: string | undefined;
}

/** e_machine: EM_X86_64 and EM_AARCH64. */
const ARCHES = new Map<number, "x64" | "arm64">([
  [62, "x64"],
  [183, "arm64"],
]);
const PT_INTERP = 3;

/**
 * Reads the headers of a 64-bit little-endian ELF executable; elf(5).
 * @throws Error where it is none, or is cut short.
 */
export function readElf(bytes: Uint8Array): ElfIdentity {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 64 || view.getUint32(0) !== 0x7f454c46) throw new Error("this is no ELF file");
  if (view.getUint8(4) !== 2 || view.getUint8(5) !== 1) throw new Error("this ELF file is not 64-bit little-endian");
  return { arch: ARCHES.get(view.getUint16(18, true)), interpreter: findInterpreter(view) };
}

function findInterpreter(view: DataView): string | undefined {
  const table = Number(view.getBigUint64(32, true));
  const entrySize = view.getUint16(54, true);
  const entries = view.getUint16(56, true);
  if (table + entries * entrySize > view.byteLength) throw new Error("the ELF program headers lie outside the file");
  for (let entry = table; entry < table + entries * entrySize; entry += entrySize) {
    if (view.getUint32(entry, true) !== PT_INTERP) continue;
    const offset = Number(view.getBigUint64(entry + 8, true));
    const length = Number(view.getBigUint64(entry + 32, true));
    if (offset + length > view.byteLength) throw new Error("the ELF interpreter's name lies outside the file");
    const name = new Uint8Array(view.buffer, view.byteOffset + offset, length);
    return new TextDecoder().decode(name).replace(/\0.*$/s, "");
  }
  return undefined;
}
