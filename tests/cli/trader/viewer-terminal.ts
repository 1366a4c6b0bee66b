import { join } from "node:path";
import { until } from "../../rig/until.ts";

const ENTRY = join(import.meta.dir, "../../../src/main.ts");

/** A program in a pseudo-terminal of its own. */
export interface ViewerTerminal extends AsyncDisposable {
  readonly pid: number;
  /** All that it wrote. */
  readonly output: string;
  /** What the terminal shows: the last whole screen. */
  readonly screen: string;
  /** How many whole screens it drew. */
  readonly repaints: number;
  /** Whether lines are edited and echoed, as a shell leaves a terminal. */
  readonly isCooked: boolean;
  type(text: string): void;
  resize(columns: number, rows: number): void;
  kill(signal: NodeJS.Signals): void;
  /** Takes the terminal away. */
  close(): void;
  shows(text: string): Promise<void>;
  /** Waits for the end. @returns its exit code. */
  ended(): Promise<number>;
}

/** What is written before each whole screen, and on leaving. */
const BEGIN = "\u001b[?2026h\u001b[H";
export const TAKEN = "\u001b[?1049h\u001b[?25l";
export const GIVEN_BACK = "\u001b[0m\u001b[?25h\u001b[?1049l";

/** In the terminal's local flags: canonical input and echo, on Linux and on macOS. */
const COOKED = process.platform === "darwin" ? 0x100 | 0x8 : 0x2 | 0x8;

/** Runs `wpdaemon WORDS…` from its sources; `program` takes its place where something else is to run. */
export function openViewerTerminal(words: readonly string[], program: readonly string[] = [ENTRY]): ViewerTerminal {
  const decoder = new TextDecoder();
  let output = "";
  const terminal = new Bun.Terminal({
    cols: 80,
    rows: 24,
    data(_, bytes) {
      output += decoder.decode(bytes, { stream: true });
    },
  });
  const child = Bun.spawn([process.execPath, ...program, ...words], {
    terminal,
    env: { ...process.env, NO_COLOR: "", TZ: "UTC" },
  });
  const screen = () => {
    const drawn = output.slice(output.lastIndexOf(BEGIN) + BEGIN.length);
    return Bun.stripANSI(drawn.split("\u001b[J")[0] ?? "").replace(/\r+\n/g, "\n");
  };
  return {
    pid: child.pid,
    get output() {
      return output;
    },
    get screen() {
      return screen();
    },
    get repaints() {
      return output.split(BEGIN).length - 1;
    },
    get isCooked() {
      return (terminal.localFlags & COOKED) === COOKED;
    },
    type: (text) => void terminal.write(text),
    resize(columns, rows) {
      terminal.resize(columns, rows);
      // The system tells those alone whose controlling terminal it is, and Bun makes it nobody's.
      child.kill("SIGWINCH");
    },
    kill: (signal) => child.kill(signal),
    close: () => terminal.close(),
    async shows(text) {
      await until(`the screen shows ${text}`, () => screen().includes(text)).catch((error: Error) => {
        throw new Error(`${error.message}; it shows:\n${screen()}`);
      });
    },
    ended: () => child.exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      terminal.close();
    },
  };
}
