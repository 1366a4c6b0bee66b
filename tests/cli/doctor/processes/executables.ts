/** The head of a 64-bit ELF file for a machine; elf(5). */
export function elf(machine: number): Uint8Array {
  const head = new DataView(new ArrayBuffer(64));
  head.setUint32(0, 0x7f454c46);
  head.setUint8(4, 2);
  head.setUint8(5, 1);
  head.setUint16(18, machine, true);
  return new Uint8Array(head.buffer);
}

/** The head of a 64-bit Mach-O file for a type of processor. */
export function machO(type: number): Uint8Array {
  const head = new DataView(new ArrayBuffer(32));
  head.setUint32(0, 0xfeedfacf, true);
  head.setUint32(4, type, true);
  return new Uint8Array(head.buffer);
}

/** The head of a Mach-O file for several types of processor. */
export function universal(...types: readonly number[]): Uint8Array {
  const head = new DataView(new ArrayBuffer(8 + 20 * types.length));
  head.setUint32(0, 0xcafebabe);
  head.setUint32(4, types.length);
  for (const [index, type] of types.entries()) head.setUint32(8 + 20 * index, type);
  return new Uint8Array(head.buffer);
}
