import { toArrayBuffer } from "bun:ffi";
import { openLibrary } from "../../../src/platform/libc.ts";

const PRIVATE_AND_ANONYMOUS = 0x22;
const READ_AND_WRITE = 3;

/** Memory from the system itself, for as long as the process lives; after MADV_DONTNEED it is all zeros. */
export function mapMemory(length = 65_536) {
  const { mmap } = openLibrary({ mmap: { args: ["usize", "usize", "i32", "i32", "i32", "i64"], returns: "i64" } });
  const start = Number(mmap(0, length, READ_AND_WRITE, PRIVATE_AND_ANONYMOUS, -1, 0));
  return { start, length, bytes: new Uint8Array(toArrayBuffer(start, 0, length)) };
}
