import { Failure } from "../failure.ts";

/**
 * One word of a unit file's list: in quotes where systemd would split or alter it (systemd.syntax(7)), its per cent signs
 * doubled, for each would begin a specifier (systemd.unit(5)). It must not hold control characters.
 */
export function quoteWord(word: string): string {
  const text = word.replaceAll("%", "%%");
  return /^[\w%@+=:,./-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/**
 * A command line for `ExecStart=`, no word of which is altered on its way. A colon before the program turns the expansion
 * of `$NAME` off (systemd.service(5)); it stands only where it is needed, because systemd knows it from version 244 on.
 * @throws Failure `usage` for a program that systemd refuses however its path is written.
 */
export function quoteCommand(command: readonly [string, ...string[]]): string {
  const [program] = command;
  if (/["'\\]/.test(program)) {
    throw new Failure("usage", `systemd runs no program whose path holds quotes or backslashes: ${program}`, {
      hint: "move wpdaemon to another folder",
    });
  }
  const prefix = command.some((word) => word.includes("$")) ? ":" : "";
  return prefix + command.map(quoteWord).join(" ");
}
