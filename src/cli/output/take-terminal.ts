import { writeSync } from "node:fs";
import { EXIT } from "../../platform/exit-codes.ts";
import { reportFailure } from "./report.ts";

// Alternate screen and back; cursor hidden and shown; a screen appears at once where a terminal can do that.
const TAKE = "\u001b[?1049h\u001b[?25l";
const RELEASE = "\u001b[0m\u001b[?25h\u001b[?1049l";
const BEGIN = "\u001b[?2026h\u001b[H";
const TO_LINE_END = "\u001b[K";
const END = "\u001b[J\u001b[?2026l";

const ENDING_SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 } as const;

/**
 * Takes the terminal of stdin and stdout: raw mode, a screen of its own, no cursor. However the process ends, unless by
 * SIGKILL, the terminal is given back: at the exit, a signal, an error that nobody caught, or when the terminal is gone.
 */
export function takeTerminal(listener: { onInput(text: string): void; onResize(): void }) {
  const { stdin, stdout } = process;
  let isTaken = true;
  stdin.setRawMode(true);
  stdin.on("data", (bytes: Uint8Array) => listener.onInput(new TextDecoder().decode(bytes)));
  stdin.on("end", () => process.exit(EXIT.done));
  stdin.on("error", () => process.exit(EXIT.failed));
  stdout.on("resize", () => listener.onResize());
  stdout.on("error", () => process.exit(EXIT.failed));
  process.on("exit", release);
  for (const [signal, number] of Object.entries(ENDING_SIGNALS)) process.on(signal, () => process.exit(128 + number));
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  stdout.write(TAKE);

  return {
    get rows() {
      return stdout.rows || 24;
    },
    get columns() {
      return stdout.columns || 80;
    },
    /** Shows a whole screen; nothing while the terminal has not taken the last one yet. */
    show(lines: readonly string[]) {
      if (isTaken && stdout.writableLength === 0) {
        stdout.write(`${BEGIN}${lines.join(`${TO_LINE_END}\r\n`)}${TO_LINE_END}${END}`);
      }
    },
    release,
  };

  async function fail(error: unknown): Promise<void> {
    release();
    process.exit(await reportFailure(error));
  }

  function release(): void {
    if (!isTaken) return;
    isTaken = false;
    try {
      stdin.setRawMode(false);
      writeSync(1, RELEASE);
    } catch {
      // The terminal itself is gone.
    }
  }
}
