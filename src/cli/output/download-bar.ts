import { writeSync } from "node:fs";
import { attemptOr } from "../../platform/failure.ts";

const BAR_WIDTH = 30;

/**
 * Draws how far wireproxy's download is on stderr, over what was drawn before; the line stays open. consola has nothing of
 * the kind.
 * @param total null or undefined where nobody says it.
 */
export function drawDownload(progress: {
  readonly received: number;
  readonly total?: number | null | undefined;
}): void {
  const { received, total } = progress;
  const megabytes = (received / 1e6).toFixed(1);
  const shown = total
    ? `[${drawBar(received / total)}] ${megabytes} of ${(total / 1e6).toFixed(1)} MB`
    : `${megabytes} MB`;
  // A terminal that was closed must not end a download.
  attemptOr(undefined, () => writeSync(2, `\rwireproxy: ${shown}`));
}

function drawBar(part: number): string {
  return "#".repeat(Math.round(BAR_WIDTH * part)).padEnd(BAR_WIDTH, ".");
}
