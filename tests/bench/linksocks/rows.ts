import { atLeast, atMost, type Figure, type Target } from "../figure.ts";

/** What is measured of every subject, in the order of the result. */
export const ROWS = [
  { name: "one stream, down", unit: "MB/s", target: twiceAsFast },
  { name: "one stream, up", unit: "MB/s", target: twiceAsFast },
  { name: "sixteen streams, down", unit: "MB/s", target: twiceAsFast },
  { name: "sixteen streams, up", unit: "MB/s", target: twiceAsFast },
  { name: "one stream, down, of noise", unit: "MB/s", target: twiceAsFast },
  { name: "CPU of all ends, one stream down", unit: "s/GB" },
  { name: "CPU of all ends, one stream up", unit: "s/GB" },
  { name: "round trip of 64 bytes, p50", unit: "µs", target: atMost },
  { name: "round trip of 64 bytes, p99", unit: "µs", target: atMost },
  { name: "connect → first echoed byte, p50", unit: "µs" },
  { name: "1,000 idle connections, client resident", unit: "MB", target: atMost },
  { name: "1,000 idle connections, client anonymous", unit: "MB", target: atMost },
  { name: "1,000 idle connections, server resident", unit: "MB", target: atMost, ofPairs: true },
  { name: "1,000 idle connections, server anonymous", unit: "MB", target: atMost, ofPairs: true },
  { name: "a reader stops, neighbour's rate of before", unit: "%", target: atLeast(80), ofPairs: true },
  { name: "a reader stops, peak of the larger end", unit: "MB", target: atMost, ofPairs: true },
  { name: "a reader stops and goes on, never got", unit: "MB", target: atMost(0), ofPairs: true },
] as const satisfies readonly Row[];

export type RowName = (typeof ROWS)[number]["name"];

export interface Row {
  readonly name: string;
  readonly unit: Figure["unit"];
  /** What ours is to reach, by itself or by the yardstick's figure. */
  readonly target?: Target | ((theirs: number) => Target);
  /** It makes no sense of a proxy without a far end. */
  readonly ofPairs?: boolean;
}

function twiceAsFast(theirs: number): Target {
  return atLeast(theirs * 2);
}
