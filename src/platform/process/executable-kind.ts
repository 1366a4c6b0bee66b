import { readHead } from "../files/files.ts";

/** What the first bytes of a file say that it can be run on. */
export type ExecutableKind =
  | {
      readonly format: "elf" | "mach-o" /** In node's names; `other` for every other. */;
      readonly machines: readonly string[];
    }
  | { readonly format: "script" }
  | { readonly format: "unknown" };

/** Long enough for the table of a Mach-O file for a dozen machines. */
const HEAD_BYTES = 256;

/** Reads the head of the file at `path`. @throws the system's error. */
export function readExecutableKind(path: string): ExecutableKind {
  const bytes = readHead(path, HEAD_BYTES);
  const head = new DataView(bytes.buffer, 0, bytes.length);
  if (head.byteLength >= 2 && head.getUint16(0) === SCRIPT) return { format: "script" };
  if (head.byteLength < 20) return { format: "unknown" };
  const magic = head.getUint32(0);
  if (magic === ELF) {
    const isLittle = head.getUint8(5) === 1;
    return { format: "elf", machines: [ELF_MACHINES[head.getUint16(18, isLittle)] ?? "other"] };
  }
  if (magic === MACH_O_LITTLE) return { format: "mach-o", machines: [machineOfMach(head.getUint32(4, true))] };
  if (magic === MACH_O_UNIVERSAL) return { format: "mach-o", machines: readUniversal(head) };
  return { format: "unknown" };
}

/** `#!`. */
const SCRIPT = 0x2321;

/** elf(5): `e_machine`, in bytes 18 and 19. */
const ELF = 0x7f454c46;
const ELF_MACHINES: Readonly<Record<number, string>> = {
  3: "ia32",
  40: "arm",
  62: "x64",
  183: "arm64",
  243: "riscv64",
};

/** Mach-O(5): 64 bits, least byte first; and the table of a file for several machines, which begins every entry with one. */
const MACH_O_LITTLE = 0xcffaedfe;
const MACH_O_UNIVERSAL = 0xcafebabe;
const MACH_ENTRY_BYTES = 20;

function machineOfMach(type: number): string {
  return { 16777223: "x64", 16777228: "arm64" }[type] ?? "other";
}

function readUniversal(head: DataView): readonly string[] {
  const count = Math.min(head.getUint32(4), Math.floor((head.byteLength - 8) / MACH_ENTRY_BYTES));
  return Array.from({ length: count }, (_, index) => machineOfMach(head.getUint32(8 + index * MACH_ENTRY_BYTES)));
}
