import { AD_HOC_FLAGS } from "./code-directory.ts";
import { readElf } from "./elf.ts";
import { readMachO } from "./mach-o.ts";
import type { ElfFormat, MachOFormat } from "./targets.ts";
import { verifyMachO } from "./verify-mach-o.ts";

/**
 * Whether an executable is for the machine that it shall be for, and would be let run there.
 * @throws Error that says what is wrong.
 */
export function checkExecutable(bytes: Uint8Array, format: ElfFormat | MachOFormat): void {
  if (format.kind === "ELF") checkElf(bytes, format);
  else checkMachO(bytes, format);
}

function checkElf(bytes: Uint8Array, { arch, interpreter }: ElfFormat): void {
  const found = readElf(bytes);
  expectSame("processor", found.arch, arch);
  expectSame("loader", found.interpreter, interpreter);
}

/** Any other flag than an ad-hoc signature's would have macOS look for a certificate, or for entitlements. */
function checkMachO(bytes: Uint8Array, { arch }: MachOFormat): void {
  expectSame("processor", readMachO(bytes).arch, arch);
  const { flags, pages, wrongPages } = verifyMachO(bytes);
  expectSame("signature's flags", flags, AD_HOC_FLAGS);
  if (wrongPages.length > 0) throw new Error(`${wrongPages.length} of ${pages} signed pages are not what was signed`);
}

function expectSame<Value extends string | number | undefined>(what: string, found: Value, expected: Value): void {
  if (found !== expected) throw new Error(`the ${what} is ${found ?? "unknown"}, not ${expected}`);
}
