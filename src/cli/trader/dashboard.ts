import { EXIT } from "../../platform/exit-codes.ts";
import { paintLine } from "../../viewer/screen/line.ts";
import { drawScreen } from "../../viewer/screen/screen.ts";
import { clockIn, clockOut } from "../../viewer/session-clock.ts";
import { takeTerminal } from "../output/take-terminal.ts";
import { type AccountToWatch, watchAccount } from "./watch-account.ts";

/** A burst of events is one repaint, this long after its first one, in milliseconds. */
const BURST_MS = 50;

/**
 * The viewer on a terminal, until somebody quits: repainted once a second, and when something has happened other than a
 * quote. docs/protocols/events.md, The viewer.
 */
export function showDashboard(options: AccountToWatch, isColoured: boolean): Promise<never> {
  const { timers } = options;
  let tab = 1;
  let isDue = false;
  const terminal = takeTerminal({ onInput, onResize: paint });
  const watch = watchAccount(options, paintSoon);
  tick();
  return new Promise(() => {});

  function tick(): void {
    timers.after(1_000 - (timers.now() % 1_000), tick);
    paint();
  }

  function paint(): void {
    const lines = drawScreen(watch.look(tab), terminal.rows);
    terminal.show(lines.map((line) => paintLine(line, terminal.columns, isColoured)));
  }

  function paintSoon(): void {
    if (isDue) return;
    isDue = true;
    timers.after(BURST_MS, () => {
      isDue = false;
      paint();
    });
  }

  function onInput(text: string): void {
    for (const key of readKeys(text)) {
      if (key.kind === "quit") quit();
      if (key.kind === "tab") tab = key.tab;
      if (key.kind === "clock-in") watch.clock(clockIn);
      if (key.kind === "clock-out") watch.clock(clockOut);
      paint();
    }
  }

  function quit(): never {
    watch.close();
    terminal.release();
    process.exit(EXIT.done);
  }
}

/** What a key press asks for. */
type Key =
  | { readonly kind: "tab"; readonly tab: number }
  | { readonly kind: "quit" | "clock-in" | "clock-out" | "repaint" };

/** The keys of what a terminal in raw mode sent: 1 to 8, q, i, o. */
export function readKeys(input: string): readonly Key[] {
  return [...input.replace(SEQUENCE, "")].flatMap((character) => KEYS.get(character.toLowerCase()) ?? []);
}

/** Arrows and other special keys are sent as several characters, digits among them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with Escape.
const SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?/gs;

const KEYS: ReadonlyMap<string, Key> = new Map<string, Key>([
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((tab): [string, Key] => [String(tab), { kind: "tab", tab }]),
  ["q", { kind: "quit" }],
  // Ctrl-C; in raw mode it is no signal.
  ["\u0003", { kind: "quit" }],
  ["i", { kind: "clock-in" }],
  ["o", { kind: "clock-out" }],
  // Ctrl-L.
  ["\u000c", { kind: "repaint" }],
]);
