/** The parts of a Mach-O executable that a signature depends on; all offsets in bytes from the file's start. */
export interface MachO {
  /** Undefined for a machine that no release is made for. */
  readonly arch: "x64" | "arm64" | undefined;
  readonly text: Segment;
  /** The last segment, which holds the signature at its end. */
  readonly linkedit: Segment;
  /** Undefined where there is none. */
  readonly signature: { readonly command: number; readonly offset: number; readonly size: number } | undefined;
}

export interface Segment {
  /** Where its load command begins. */
  readonly command: number;
  readonly memorySize: number;
  readonly offset: number;
  readonly size: number;
}

const MAGIC_64 = 0xfeedfacf;
const MH_EXECUTE = 2;
const HEADER_SIZE = 32;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
/** cputype: CPU_TYPE_X86_64 and CPU_TYPE_ARM64. */
const ARCHES = new Map<number, "x64" | "arm64">([
  [0x0100_0007, "x64"],
  [0x0100_000c, "arm64"],
]);

/**
 * Reads the load commands of a 64-bit executable for one kind of processor; Apple's mach-o/loader.h.
 * @throws Error where it is none, or is cut short.
 */
export function readMachO(bytes: Uint8Array): MachO {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_SIZE || view.getUint32(0, true) !== MAGIC_64) throw new Error("this is no Mach-O file");
  if (view.getUint32(12, true) !== MH_EXECUTE) throw new Error("this Mach-O file is no executable");
  const segments = new Map<string, Segment>();
  let signature: MachO["signature"];
  for (const { command, kind } of listCommands(view)) {
    if (kind === LC_SEGMENT_64) segments.set(segmentName(bytes, command), readSegment(view, command));
    if (kind === LC_CODE_SIGNATURE) {
      signature = { command, offset: view.getUint32(command + 8, true), size: view.getUint32(command + 12, true) };
    }
  }
  const text = segments.get("__TEXT");
  const linkedit = segments.get("__LINKEDIT");
  if (text === undefined || linkedit === undefined) throw new Error("this Mach-O file lacks a segment");
  return { arch: ARCHES.get(view.getUint32(4, true)), text, linkedit, signature };
}

function* listCommands(view: DataView): Generator<{ readonly command: number; readonly kind: number }> {
  const count = view.getUint32(16, true);
  const end = HEADER_SIZE + view.getUint32(20, true);
  if (end > view.byteLength) throw new Error("the Mach-O load commands lie outside the file");
  let command = HEADER_SIZE;
  for (let index = 0; index < count; index++) {
    const size = command + 8 <= end ? view.getUint32(command + 4, true) : 0;
    if (size < 8 || command + size > end) throw new Error("the Mach-O load commands are damaged");
    yield { command, kind: view.getUint32(command, true) };
    command += size;
  }
}

function segmentName(bytes: Uint8Array, command: number): string {
  return new TextDecoder().decode(bytes.subarray(command + 8, command + 24)).replace(/\0.*$/s, "");
}

function readSegment(view: DataView, command: number): Segment {
  return {
    command,
    memorySize: Number(view.getBigUint64(command + 32, true)),
    offset: Number(view.getBigUint64(command + 40, true)),
    size: Number(view.getBigUint64(command + 48, true)),
  };
}
