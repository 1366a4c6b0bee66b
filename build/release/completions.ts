import { bashCompletion } from "./completion-bash.ts";
import { fishCompletion } from "./completion-fish.ts";
import { zshCompletion } from "./completion-zsh.ts";

/** The completions for every shell by their file's name, made from the command line's own definitions. */
export function completionFiles(): Readonly<Record<string, string>> {
  return { "wpdaemon.bash": bashCompletion(), _wpdaemon: zshCompletion(), "wpdaemon.fish": fishCompletion() };
}
