import { until } from "../../rig/until.ts";

/** A program in a pseudo-terminal of its own. */
export interface ViewerTerminal extends AsyncDisposable {
  readonly pid: number;
  /** All that it wrote. */
  readonly output: string;
  /** What the terminal shows: the rows of the last whole screen. */
  readonly screen: readonly string[];
  /** How many whole screens it drew. */
  readonly repaints: number;
  /** Whether lines are edited and echoed, as a shell leaves a terminal. */
  readonly isCooked: boolean;
  /** How the terminal treats what is typed and written. */
  readonly flags: readonly number[];
  type(text: string): void;
  resize(columns: number, rows: number): void;
  kill(signal: NodeJS.Signals): void;
  /** Takes the terminal away. */
  close(): void;
  shows(text: string): Promise<void>;
  /** Waits for the end. @returns its exit code. */
  ended(): Promise<number>;
}

export interface ViewerTerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** What is written before and after each whole screen, and on coming and going. */
const BEGIN = "\u001b[?2026h\u001b[H";
export const END = "\u001b[J\u001b[?2026l";
export const TAKEN = "\u001b[?1049h\u001b[?25l";
export const GIVEN_BACK = "\u001b[0m\u001b[?25h\u001b[?1049l";

/** In the terminal's local flags: canonical input and echo, on Linux and on macOS. */
const COOKED = process.platform === "darwin" ? 0x100 | 0x8 : 0x2 | 0x8;

/** Runs a command, of which the first word is the program. */
export function openViewerTerminal(
  command: readonly string[],
  { columns = 80, rows = 24, environment = { ...process.env, NO_COLOR: "" } }: ViewerTerminalOptions = {},
): ViewerTerminal {
  const decoder = new TextDecoder();
  let output = "";
  const terminal = new Bun.Terminal({
    cols: columns,
    rows,
    data(_, bytes) {
      output += decoder.decode(bytes, { stream: true });
    },
  });
  const child = Bun.spawn([...command], { terminal, env: { ...environment, TZ: "UTC" } });
  const screen = () => {
    const end = output.lastIndexOf(END);
    if (end === -1) return [];
    const drawn = output.slice(output.lastIndexOf(BEGIN, end) + BEGIN.length, end);
    return Bun.stripANSI(drawn).split(/\r+\n/);
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
    get flags() {
      return [terminal.inputFlags, terminal.outputFlags, terminal.localFlags, terminal.controlFlags];
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
      await until(`the screen shows ${text}`, () => screen().join("\n").includes(text)).catch((error: Error) => {
        throw new Error(`${error.message}; it shows:\n${screen().join("\n")}`);
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
