import { EXIT } from "../../platform/exit-codes.ts";
import { sayError, writeWhole } from "./report.ts";

/**
 * Gives what writes lines to stdout for as long as somebody reads them; then the process ends, as it should in
 * `… | head -1`. Foreign words in them have to be plain already. It waits for a slow reader, and with it everything else: whoever sends to us then sees that we are slow.
 */
export function openOutput(): (line: string) => void {
  return (line) => {
    const code = writeWhole(1, line);
    if (code === undefined) return;
    if (code === "EPIPE") process.exit(EXIT.done);
    sayError(`wpdaemon: cannot write to the standard output: ${code}`);
    process.exit(EXIT.failed);
  };
}
