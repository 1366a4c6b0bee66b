import { writeSync } from "node:fs";
import { EXIT } from "../../platform/exit-codes.ts";
import { systemCode } from "../../platform/failure.ts";

/** How long to wait for a reader whose pipe is full, in milliseconds. */
const PATIENCE_MS = 5;

/**
 * Gives what writes lines to stdout for as long as somebody reads them; then the process ends, as it should in
 * `… | head -1`. It waits for a slow reader, and with it everything else: whoever sends to us then sees that we are slow.
 */
export function openOutput(): (line: string) => void {
  return (line) => {
    const bytes = new TextEncoder().encode(`${line}\n`);
    for (let offset = 0; offset < bytes.length; ) offset += writeSome(bytes.subarray(offset));
  };
}

function writeSome(bytes: Uint8Array): number {
  try {
    return writeSync(1, bytes);
  } catch (error) {
    if (systemCode(error) !== "EAGAIN") process.exit(EXIT.done);
    Bun.sleepSync(PATIENCE_MS);
    return 0;
  }
}
