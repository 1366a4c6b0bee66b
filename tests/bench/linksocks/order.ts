/**
 * What the target is asked for at the start of a connection: to echo all that comes; to take it, with one byte in answer
 * to each STEP_BYTES; or to send so many bytes, of zeros or of noise that nobody can compress. A byte that comes while it
 * sends ends that: then it tells in COUNT_BYTES how many it sent.
 */
export interface Order {
  readonly kind: (typeof KINDS)[number];
  /** Of what is to be sent. */
  readonly bytes: number;
}

/** More than there is time for. */
export const ENDLESS = 1e15;

export const STEP_BYTES = 1_024 * 1_024;
export const COUNT_BYTES = 8;
export const ORDER_BYTES = 9;

/** Longest piece that is written at once, by the load and by the target. */
export const CHUNK_BYTES = 256 * 1_024;

const KINDS = ["echo", "take", "zeros", "noise"] as const;

export function encodeOrder({ kind, bytes }: Order): Uint8Array {
  const order = new Uint8Array(ORDER_BYTES);
  order[0] = KINDS.indexOf(kind);
  order.set(encodeCount(bytes), 1);
  return order;
}

/** @throws where nobody could have meant it: bytes were lost or added on the way. */
export function decodeOrder(order: Uint8Array): Order {
  const kind = KINDS[order[0] ?? KINDS.length];
  if (kind === undefined) throw new Error(`order ${order[0]} is none`);
  return { kind, bytes: decodeCount(order.subarray(1)) };
}

export function encodeCount(bytes: number): Uint8Array {
  const count = new Uint8Array(COUNT_BYTES);
  new DataView(count.buffer).setBigUint64(0, BigInt(bytes));
  return count;
}

export function decodeCount(count: Uint8Array): number {
  return Number(new DataView(count.buffer, count.byteOffset).getBigUint64(0));
}
