import { ptr, toArrayBuffer } from "bun:ffi";
import { closeSync } from "node:fs";
import { openLibrary } from "../libc.ts";

/** A system call that the kernel makes for us, on our memory but without running our code; io_uring_enter(2). */
export interface KernelCall {
  readonly operation: number;
  readonly address: number;
  readonly length: number;
  /** What the operation takes beside these: an advice, flags. */
  readonly extra: number;
}

export interface KernelRing {
  /** Hands over at most 64 calls; each begins when the one before has ended or failed. @returns whether they were taken. */
  submit(calls: readonly KernelCall[]): boolean;
}

const ENTRIES = 64;

/** The same on every processor that we run on. */
const SETUP = 425;
const ENTER = 426;
const REGISTER = 427;

/** IORING_REGISTER_IOWQ_AFF: the processors on which the kernel's threads for a ring may run. */
const THREAD_PROCESSORS = 17;
/** Bytes of a set of processors, a bit for each: cpu_set_t. */
const PROCESSORS_BYTES = 128;
/** IORING_OP_MADVISE of no memory: it takes a thread, and does nothing. */
const NOTHING: KernelCall = { operation: 25, address: 0, length: 0, extra: 0 };

const READ_AND_WRITE = 3;
const SHARED_AND_PRESENT = 0x8001;
const CALLS_OFFSET = 0x10000000;
/** IORING_FEAT_FAST_POLL means Linux 5.7 or later: both queues lie in one mapping, and every operation used here exists. */
const FAST_POLL = 32;

/** `struct io_uring_params`: its length, and the offsets of its fields. */
const PARAMETERS = 120;
const AT = {
  features: 20,
  callsTail: 44,
  callsMask: 48,
  callsOrder: 64,
  resultsHead: 80,
  resultsTail: 84,
  results: 100,
};

const CALL_BYTES = 64;
const RESULT_BYTES = 16;
/** Goes on to the next call though this one failed, as a time-out does when its time is over. */
const HARD_LINK = 8;

/** Opens io_uring(7) for as long as this process lives. @returns undefined where the system has none, or none for us. */
export function openKernelRing(): KernelRing | undefined {
  const { syscall, mmap, sched_getaffinity } = openLibrary({
    syscall: { args: ["i64", "usize", "usize", "usize", "usize", "usize", "usize"], returns: "i64" },
    mmap: { args: ["usize", "usize", "i32", "i32", "i32", "i64"], returns: "i64" },
    sched_getaffinity: { args: ["i32", "usize", "ptr"], returns: "i32" },
  });
  const parameters = new DataView(new ArrayBuffer(PARAMETERS));
  const ring = Number(syscall(SETUP, ENTRIES, ptr(parameters), 0, 0, 0, 0));
  if (ring < 0) return undefined;
  const field = (at: number) => parameters.getUint32(at, true);
  const map = (offset: number, length: number) => {
    const address = Number(mmap(0, length, READ_AND_WRITE, SHARED_AND_PRESENT, ring, offset));
    return address < 0 ? undefined : new DataView(toArrayBuffer(address, 0, length));
  };
  const queues = map(0, Math.max(field(AT.callsOrder) + 4 * ENTRIES, field(AT.results) + 2 * RESULT_BYTES * ENTRIES));
  const calls = map(CALLS_OFFSET, CALL_BYTES * ENTRIES);
  if ((field(AT.features) & FAST_POLL) === 0 || queues === undefined || calls === undefined) {
    closeSync(ring);
    return undefined;
  }
  const [tailAt, resultsHeadAt, resultsTailAt] = [field(AT.callsTail), field(AT.resultsHead), field(AT.resultsTail)];
  const mask = queues.getUint32(field(AT.callsMask), true);
  const allowed = new Uint8Array(PROCESSORS_BYTES);
  sched_getaffinity(0, PROCESSORS_BYTES, allowed);
  let [some, others] = splitProcessors(allowed);

  const enter = (chain: readonly KernelCall[]) => {
    const tail = queues.getUint32(tailAt, true);
    for (const [index, call] of chain.entries()) {
      const slot = (tail + index) & mask;
      writeCall(calls, slot * CALL_BYTES, call, index < chain.length - 1);
      queues.setUint32(field(AT.callsOrder) + 4 * slot, slot, true);
    }
    queues.setUint32(tailAt, tail + chain.length, true);
    return Number(syscall(ENTER, ring, chain.length, 0, 0, 0, 0)) === chain.length;
  };
  const keepThreadsTo = (processors: Uint8Array) =>
    Number(syscall(REGISTER, ring, THREAD_PROCESSORS, ptr(processors), PROCESSORS_BYTES, 0, 0)) === 0;

  return {
    submit(chain) {
      if (chain.length > ENTRIES) return false;
      // The results are not read; this frees their slots.
      queues.setUint32(resultsHeadAt, queues.getUint32(resultsTailAt, true), true);
      // The thread that the kernel makes for these calls would stay, and wake up every 5 s, for ever. One that is where
      // threads may not be any more ends when it has had nothing to do for 5 s. Seen on Linux 6.18; older ones keep it.
      if (others !== undefined && keepThreadsTo(some) && enter([NOTHING]) && keepThreadsTo(others)) {
        // One that was made there meanwhile ends after the next calls.
        [some, others] = [others, some];
      }
      return enter(chain);
    },
  };
}

/** The lowest of these processors, and the others; they are undefined where there are none. */
function splitProcessors(allowed: Uint8Array): readonly [first: Uint8Array, second: Uint8Array | undefined] {
  const at = allowed.findIndex((bits) => bits !== 0);
  const lowest = (allowed[at] ?? 0) & -(allowed[at] ?? 0);
  const [first, second] = [new Uint8Array(allowed.length).fill(lowest, at, at + 1), allowed.slice()];
  second[at] = (allowed[at] ?? 0) ^ lowest;
  return [first, second.some((bits) => bits !== 0) ? second : undefined];
}

/** `struct io_uring_sqe`. */
function writeCall(
  calls: DataView,
  at: number,
  { operation, address, length, extra }: KernelCall,
  isLinked: boolean,
): void {
  for (let offset = 0; offset < CALL_BYTES; offset += 8) calls.setBigUint64(at + offset, 0n);
  calls.setUint8(at, operation);
  calls.setUint8(at + 1, isLinked ? HARD_LINK : 0);
  // No file.
  calls.setInt32(at + 4, -1, true);
  calls.setBigUint64(at + 16, BigInt(address), true);
  calls.setUint32(at + 24, length, true);
  calls.setUint32(at + 28, extra, true);
}
