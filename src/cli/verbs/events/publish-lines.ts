import { Failure } from "../../../platform/failure.ts";
import type { ControlClient } from "../../daemon/control-client.ts";
import { type EventLine, readEventLines } from "./event-lines.ts";
import { gatherBatches } from "./gather-batches.ts";
import { publishBatch, RETRY_MS } from "./publish-batch.ts";

/**
 * What became of a line; one that is lost may have been taken all the same. Without a number is a quote of no account in
 * whose contract nobody holds anything.
 */
export type LineResult =
  | { readonly line: number; readonly seq: number | null }
  | { readonly line: number; readonly error: string }
  | { readonly line: number; readonly lost: string };

/**
 * Publishes each line of an input as an event, in their order, one batch after the other: the input is read no faster than
 * the daemon takes it.
 * @param report takes the results of each batch, by line.
 * @param retryMs how long to try again where no daemon answers.
 * @throws Failure that tells how many events were acknowledged, and which lines were not; the input's own error.
 */
export async function publishLines(
  control: Pick<ControlClient, "publish">,
  input: ReadableStream<Uint8Array>,
  report: (results: readonly LineResult[]) => void,
  retryMs = RETRY_MS,
) {
  const reader = input.getReader();
  let accepted = 0;
  let rejected = 0;
  try {
    for await (const lines of gatherBatches(readEventLines(reader))) await publish(lines);
  } finally {
    // An input that is still open would keep the process from ending.
    await reader.cancel();
  }
  return { accepted, rejected };

  async function publish(lines: readonly EventLine[]): Promise<void> {
    const events = lines.flatMap((line) => ("json" in line ? [line.json] : []));
    const outcome = events.length === 0 ? [] : await publishBatch(control, events, retryMs).catch(catchFailure);
    if (outcome instanceof Failure) {
      report(
        lines.map((line) => ("json" in line ? { line: line.number, lost: outcome.message } : describeFault(line))),
      );
      throw explainLoss(outcome, accepted, lines);
    }
    const remaining = outcome.values();
    const results = lines.map((line) => {
      if ("fault" in line) return describeFault(line);
      const result = remaining.next().value;
      if (result !== undefined && "seq" in result) return { line: line.number, seq: result.seq };
      return { line: line.number, error: result?.error ?? "the daemon gave no reason" };
    });
    const taken = results.filter((result) => "seq" in result).length;
    accepted += taken;
    rejected += results.length - taken;
    report(results);
  }
}

function describeFault({ number, fault }: EventLine & { readonly fault: string }): LineResult {
  return { line: number, error: fault };
}

function catchFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  throw error;
}

function explainLoss(cause: Failure, accepted: number, lines: readonly EventLine[]): Failure {
  const [first, last] = [lines[0]?.number ?? 0, lines.at(-1)?.number ?? 0];
  const range = first === last ? `line ${first} is` : `lines ${first} to ${last} are`;
  const message = `events acknowledged: ${accepted}; ${range} not, and nothing after: ${cause.message}`;
  return new Failure(cause.code, message, { hint: cause.hint, cause: cause.cause });
}
