import { writeSync } from "node:fs";

const BAR_WIDTH = 30;

/**
 * Draws how far wireproxy's download is on stderr, over what was drawn before; the line stays open. consola has nothing of
 * the kind.
 * @param total null or undefined where nobody says it.
 */
export function drawDownload({
  received,
  total,
}: {
  readonly received: number;
  readonly total?: number | null | undefined;
}): void {
  const megabytes = (received / 1e6).toFixed(1);
  if (total === undefined || total === null || total === 0) {
    draw(`\rwireproxy: ${megabytes} MB`);
    return;
  }
  const filled = Math.round((BAR_WIDTH * received) / total);
  const bar = "#".repeat(filled).padEnd(BAR_WIDTH, ".");
  draw(`\rwireproxy: [${bar}] ${megabytes} of ${(total / 1e6).toFixed(1)} MB`);
}

/** A terminal that was closed must not end a download. */
function draw(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody looks.
  }
}
