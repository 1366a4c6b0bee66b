import { EXECUTABLE } from "../../rig/daemon-process.ts";
import { until } from "../../rig/until.ts";

/** The compiled viewer in a pseudo-terminal of its own, of 100 columns and 40 rows. */
export interface TraderTerminal extends AsyncDisposable {
  /** All that it wrote. */
  readonly output: string;
  /** The rows of the last whole screen. */
  readonly screen: readonly string[];
  /** How many whole screens it drew. */
  readonly repaints: number;
  /** Control characters, and sequences of them, that are none of the viewer's own. */
  readonly foreign: readonly string[];
  /** How the terminal treats what is typed and written. */
  readonly flags: readonly number[];
  type(text: string): void;
  resize(columns: number, rows: number): void;
  kill(signal: NodeJS.Signals): void;
  shows(text: string): Promise<void>;
  /** @returns the exit code. */
  ended(): Promise<number>;
}

const BEGIN = "\u001b[?2026h\u001b[H";
const END = "\u001b[J\u001b[?2026l";

// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with Escape.
const OWN = /\u001b\[(?:0|1|2|7|31|32|33|1;97;41)m|\u001b\[[HJK]|\u001b\[\?(?:2026|1049|25)[hl]|\r\r?\n/g;

/** @param account whose stream is at `url`, and whose last known state below `home`. */
export function openTrader(account: number, url: string, home: string): TraderTerminal {
  const decoder = new TextDecoder();
  let output = "";
  const terminal = new Bun.Terminal({
    cols: 100,
    rows: 40,
    data(_, bytes) {
      output += decoder.decode(bytes, { stream: true });
    },
  });
  const words = ["trader", "--account-id", String(account), "--url", url, "--home", home];
  const child = Bun.spawn([EXECUTABLE, ...words], {
    terminal,
    env: { PATH: process.env["PATH"], HOME: home, TERM: "xterm-256color", TZ: "UTC" },
  });
  const screen = () => {
    const end = output.lastIndexOf(END);
    const drawn = output.slice(output.lastIndexOf(BEGIN, end) + BEGIN.length, end);
    return Bun.stripANSI(drawn).split(/\r\r?\n/);
  };
  return {
    get output() {
      return output;
    },
    get screen() {
      return screen();
    },
    get repaints() {
      return output.split(BEGIN).length - 1;
    },
    get foreign() {
      const whole = output.slice(0, output.lastIndexOf(END) + END.length).replace(OWN, "");
      return whole.match(/\p{Cc}.{0,9}/gsu) ?? [];
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
