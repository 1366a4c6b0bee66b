import { ptr } from "bun:ffi";
import { libc } from "../libc.ts";
import { startTimer } from "../timers.ts";
import { type KernelCall, type KernelRing, openKernelRing } from "./kernel-ring.ts";

/** What the kernel may do with a part of our memory: madvise(2). Address and length in bytes, of whole pages. */
export interface Advice {
  readonly start: number;
  readonly length: number;
  readonly advice: number;
}

/** Gives at most 20 pieces of advice after each of `delays`, which are milliseconds that follow one another. */
type AdviseLater = (pieces: readonly Advice[], delays: Delays) => void;

type Delays = readonly [number, ...number[]];

/** After a pass: what was to be done is done, mostly; then the runtime has seen to its sockets once more. */
export const AFTER_A_PASS: Delays = [100, 1_100];

/** After a look there is no helper thread, and each further time would wake the machine: one, after that of the sockets. */
export const AFTER_A_LOOK: Delays = [1_200];

/**
 * Has the kernel take advice by itself, while this process sleeps (io_uring(7)): code of ours that gave it would be paged
 * in for that, 2 to 4 MB of it. Where that is forbidden, a timer of ours gives it, once. The memory has to be ours for as
 * long as we live. Linux only.
 */
export function createLateAdviser(open: () => KernelRing | undefined = openKernelRing): AdviseLater {
  let ring: KernelRing | "none" | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (pieces, delays) => {
    ring ??= open() ?? "none";
    const chain = delays.flatMap((delay) => [waitFor(delay), ...pieces.map(toCall)]);
    if (ring !== "none" && ring.submit(chain)) return;
    ring = "none";
    clearTimeout(timer);
    timer = startTimer("memory", delays[0], () => {
      for (const { start, length, advice } of pieces) libc().madvise(start, length, advice);
    });
    timer.unref();
  };
}

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
