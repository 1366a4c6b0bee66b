import type { Link, LinkListener } from "../../../src/linksocks/link/link.ts";

/** Hears a link, and remembers. */
export interface LinkEar extends LinkListener {
  readonly frames: readonly Buffer[];
  /** `drain`, `pong`, `life` and `close: why`, in order. */
  readonly calls: readonly string[];
  /** Called in the moment of a drain. */
  onRoom: () => void;
}

export function createLinkEar(): LinkEar {
  const frames: Buffer[] = [];
  const calls: string[] = [];
  const ear: LinkEar = {
    frames,
    calls,
    onRoom: () => undefined,
    onFrame: (frame) => void frames.push(frame),
    onDrain() {
      calls.push("drain");
      ear.onRoom();
    },
    onPong: () => void calls.push("pong"),
    onLife: () => void calls.push("life"),
    onClose: (reason) => void calls.push(`close: ${reason}`),
  };
  return ear;
}

/**
 * Sends messages over a link whose peer does not read until it is congested, each from the same place in memory, where the
 * next overwrites it. @returns how many.
 */
export function congest(link: Link): number {
  const scratch = Buffer.alloc(256 * 1024);
  let count = 0;
  while (!link.isCongested) {
    scratch.fill(++count);
    link.send(scratch);
    if (count === 255) throw new Error("the link takes everything");
  }
  scratch.fill(0);
  return count;
}

/** Whether those messages came whole, in order. */
export function isIntact(frames: readonly Uint8Array[], count: number): boolean {
  return (
    frames.length === count &&
    frames.every((frame, index) => frame.length === 256 * 1024 && frame.every((byte) => byte === index + 1))
  );
}
