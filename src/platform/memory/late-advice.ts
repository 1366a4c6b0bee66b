import { ptr } from "bun:ffi";
import { libc } from "../libc.ts";
import { type KernelCall, type KernelRing, openKernelRing } from "./kernel-ring.ts";

/** What the kernel may do with a part of our memory: madvise(2). Address and length in bytes, of whole pages. */
export interface Advice {
  readonly start: number;
  readonly length: number;
  readonly advice: number;
}

/** Gives at most 20 pieces of advice, not before a tenth of a second is over. */
type AdviseLater = (pieces: readonly Advice[]) => void;

/**
 * Has advice given a tenth of a second later, and again after 1.2 and 21 s. The kernel then takes it by itself, while
 * this process sleeps (io_uring(7)): code of ours that gave it would be paged in for that, 2 to 4 MB of it. Where that is
 * forbidden, a timer of ours gives it, once. The memory has to be ours for as long as we live. Linux only.
 */
export function createLateAdviser(open: () => KernelRing | undefined = openKernelRing): AdviseLater {
  let ring: KernelRing | "none" | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (pieces) => {
    ring ??= open() ?? "none";
    const chain = DELAYS_MS.flatMap((delay) => [waitFor(delay), ...pieces.map(toCall)]);
    if (ring !== "none" && ring.submit(chain)) return;
    ring = "none";
    clearTimeout(timer);
    timer = setTimeout(() => {
      for (const { start, length, advice } of pieces) libc().madvise(start, length, advice);
    }, DELAYS_MS[0]);
    timer.unref();
  };
}

/**
 * Each from the one before. What was to be done is done, mostly; then the runtime has seen to its sockets once more; then its
 * helper threads have ended.
 */
const DELAYS_MS = [100, 1_100, 20_000] as const;

/** `enum io_uring_op`. */
const TIMEOUT = 11;
const MADVISE = 25;

/** The kernel copies the time before `submit` returns. */
function waitFor(milliseconds: number): KernelCall {
  const time = new BigInt64Array([
    BigInt(Math.floor(milliseconds / 1_000)),
    BigInt((milliseconds % 1_000) * 1_000_000),
  ]);
  return { operation: TIMEOUT, address: ptr(time), length: 1, extra: 0 };
}

function toCall({ start, length, advice }: Advice): KernelCall {
  return { operation: MADVISE, address: start, length, extra: advice };
}
