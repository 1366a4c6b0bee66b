import { EXIT } from "../../platform/exit-codes.ts";
import { describeError } from "../../platform/failure.ts";
import { startTimer } from "../../platform/timers.ts";
import { takeTerminal } from "./take-terminal.ts";
import { revealColours } from "./terminal.ts";

/** Between an answer and the next question, in milliseconds. */
const PERIOD_MS = 1_000;

/** The last two are Ctrl-C and Ctrl-D, in raw mode. */
const QUITTING = ["q", "Q", "\u0003", "\u0004"] as const;

/**
 * Shows a text on a screen of its own, anew every second and when the terminal gets another size, until q or Ctrl-C. What does
 * not fit is cut off. A text that cannot be had leaves the last one, with the reason below it.
 * @param first the text to begin with.
 * @param look gives the next one.
 */
export function watchScreen(first: string, look: () => Promise<string>): Promise<never> {
  let text = first;
  let fault: string | undefined;
  const terminal = takeTerminal({ onInput, onResize: paint });
  paint();
  startTimer("status", PERIOD_MS, lookAgain);
  return new Promise(() => {});

  async function lookAgain(): Promise<void> {
    try {
      text = await look();
      fault = undefined;
    } catch (error) {
      fault = describeError(error);
    }
    paint();
    startTimer("status", PERIOD_MS, lookAgain);
  }

  function paint(): void {
    const lines = text.split("\n");
    const note = fault === undefined ? "q quits" : `${fault}; asked again every second, q quits`;
    const shown = [...lines.slice(0, Math.max(0, terminal.rows - 2)), "", note].slice(-terminal.rows);
    terminal.show(shown.map((line) => cutTo(revealColours(line), terminal.columns)));
  }

  function onInput(input: string): void {
    if (!QUITTING.some((key) => input.includes(key))) return;
    terminal.release();
    process.exit(EXIT.done);
  }
}

/** Bun keeps a wide letter whose first half alone has room. */
function cutTo(line: string, columns: number): string {
  const cut = Bun.sliceAnsi(line, 0, columns);
  return Bun.stringWidth(cut) > columns ? Bun.sliceAnsi(line, 0, columns - 1) : cut;
}
