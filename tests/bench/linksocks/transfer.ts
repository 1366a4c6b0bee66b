import { cpuSeconds } from "./cpu.ts";
import { type Entry, openLine } from "./line.ts";
import { watchProgress } from "./progress.ts";
import { deliver, receive } from "./streams.ts";

export interface Transfer {
  readonly direction: "down" | "up";
  /** Upwards it is always zeros. */
  readonly content: "zeros" | "noise";
  readonly streams: number;
  /** How long it goes on before it is watched, and how long it is. */
  readonly warmUpMs: number;
  readonly milliseconds: number;
  /** Processes that carry it. */
  readonly pids: readonly number[];
}

export interface TransferReport {
  /** What arrived while it was watched. */
  readonly bytes: number;
  readonly milliseconds: number;
  /** Of the carriers and their children, meanwhile; undefined where the system does not tell. */
  readonly cpuSeconds: number | undefined;
  /** Whether all that was ever sent has arrived in the end. */
  readonly isWhole: boolean;
}

/**
 * Has streams flow and watches a while of it: beginning and end are no part of the rate, since the Go program keeps the
 * last bytes back for half a second.
 */
export async function transfer(
  entry: Entry,
  { direction, content, streams, warmUpMs, milliseconds, pids }: Transfer,
): Promise<TransferReport> {
  const lines = await Promise.all(Array.from({ length: streams }, () => openLine(entry)));
  const progress = watchProgress(streams);
  const flowing = lines.map((line) =>
    direction === "down" ? receive(line, content, progress) : deliver(line, progress),
  );
  const look = () => ({
    bytes: flowing.reduce((sum, stream) => sum + stream.arrived(), 0),
    at: performance.now(),
    cpu: cpuSeconds(pids),
  });
  await Bun.sleep(warmUpMs);
  const before = look();
  await Bun.sleep(milliseconds);
  const after = look();
  for (const stream of flowing) stream.stop();
  const isWhole = await progress.ended;
  for (const line of lines) line.close();
  return {
    bytes: after.bytes - before.bytes,
    milliseconds: after.at - before.at,
    cpuSeconds: before.cpu === undefined || after.cpu === undefined ? undefined : after.cpu - before.cpu,
    isWhole,
  };
}
