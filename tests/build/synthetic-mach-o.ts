/** Where the load commands of `syntheticMachO` lie. */
const TEXT = 32;
const LINKEDIT = TEXT + 72;
const SIGNATURE = LINKEDIT + 72;
/** Where its last segment begins, and where the signature within that. */
export const LINKEDIT_OFFSET = 0x4000;
export const SIGNATURE_OFFSET = 0x5230;

/** A small executable for macOS, with bytes of an old signature at its end that mean nothing. */
export function syntheticMachO(cpuType = 0x0100_0007): Uint8Array {
  const size = SIGNATURE_OFFSET + 96;
  const bytes = new Uint8Array(size).map((_, index) => (index * 31 + (index >> 8)) % 251);
  const view = new DataView(bytes.buffer);
  [0xfeedfacf, cpuType, 3, 2, 3, SIGNATURE + 16 - 32, 0, 0].forEach((word, index) => {
    view.setUint32(index * 4, word, true);
  });
  writeSegment(TEXT, "__TEXT", 0, LINKEDIT_OFFSET);
  writeSegment(LINKEDIT, "__LINKEDIT", LINKEDIT_OFFSET, size - LINKEDIT_OFFSET);
  [0x1d, 16, SIGNATURE_OFFSET, 96].forEach((word, index) => {
    view.setUint32(SIGNATURE + index * 4, word, true);
  });
  return bytes;

  function writeSegment(command: number, name: string, offset: number, length: number): void {
    bytes.fill(0, command, command + 72);
    view.setUint32(command, 0x19, true);
    view.setUint32(command + 4, 72, true);
    bytes.set(new TextEncoder().encode(name), command + 8);
    view.setBigUint64(command + 32, 0x4000n, true);
    view.setBigUint64(command + 40, BigInt(offset), true);
    view.setBigUint64(command + 48, BigInt(length), true);
  }
}
