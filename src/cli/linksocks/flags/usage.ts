import { describeFlag, type Flag } from "./flag.ts";

export interface Manual {
  /** `linksocks client` */
  readonly name: string;
  readonly description: string;
  readonly flags: readonly Flag[];
  readonly examples: readonly string[];
}

const WIDTH = 80;
const COLUMN = 32;

/** What `--help` shows of a role: its flags with their variables and defaults, and examples. */
export function writeUsage({ name, description, flags, examples }: Manual): string {
  const [direct, common] = [flags.filter(isDirect), flags.filter((flag) => !isDirect(flag))];
  return [
    `Usage: wpdaemon ${name}${flags.length === 0 ? "" : " [FLAGS]"}`,
    "",
    ...wrap(`${description}.`, 0),
    ...section(
      "Examples",
      examples.map((example) => `  ${example}`),
    ),
    ...section("Flags (environment variable; default)", common.flatMap(describe)),
    ...section("Accepted for LinkSocks' sake: there are no direct connections", direct.flatMap(describe)),
  ].join("\n");
}

function isDirect({ name }: Flag): boolean {
  return name.startsWith("direct-") || name === "stun-server";
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

function describe(flag: Flag): readonly string[] {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  const spelling = `  ${short}--${flag.name}${flag.value === undefined ? "" : ` ${flag.value}`}`;
  const choices = flag.choices === undefined ? "" : `: ${flag.choices.join(", ")}`;
  const [first = "", ...more] = wrap(`${describeFlag(flag)}${choices}`, COLUMN);
  const fits = spelling.length < COLUMN;
  return fits ? [`${spelling.padEnd(COLUMN)}${first.trimStart()}`, ...more] : [spelling, first, ...more];
}

/** Breaks a text into lines that end before column 80 and begin at `column`. */
function wrap(text: string, column: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && column + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((words) => " ".repeat(column) + words);
}
