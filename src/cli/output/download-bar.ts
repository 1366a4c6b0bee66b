import { writeSync } from "node:fs";
import type { DownloadProgress } from "../../tunnels/wireproxy/program/download.ts";

const WIDTH = 30;

/** Draws how far a download is, over what it drew before; the line stays open. For terminals only. */
export function drawDownload({ received, total }: DownloadProgress): void {
  const megabytes = (received / 1e6).toFixed(1);
  if (total === undefined) {
    writeSync(2, `\rwireproxy: ${megabytes} MB`);
    return;
  }
  const filled = Math.round((WIDTH * received) / total);
  const bar = "#".repeat(filled).padEnd(WIDTH, ".");
  writeSync(2, `\rwireproxy: [${bar}] ${megabytes} of ${(total / 1e6).toFixed(1)} MB`);
}
