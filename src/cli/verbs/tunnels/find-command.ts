import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Failure } from "../../../platform/failure.ts";
import { isProgram } from "../../../tunnels/wireproxy/program/find.ts";

/**
 * The file that a command's name means, as shells look for it: a name with a slash as it is, every other along PATH.
 * @throws Failure `command-missing`, `command-not-executable`.
 */
export function findCommand(name: string, searchPath: string): string {
  const candidates = name.includes("/")
    ? [name]
    : searchPath.split(delimiter).map((folder) => join(folder === "" ? "." : folder, name));
  const found = candidates.find(isProgram);
  if (found !== undefined) return found.includes("/") ? found : `./${found}`;
  const there = candidates.find((path) => existsSync(path));
  if (name === "" || there === undefined) {
    throw new Failure("command-missing", `${JSON.stringify(name)}: no such command`, {
      hint: name.includes("/") ? "there is no such file" : "it is in no folder of PATH",
    });
  }
  throw new Failure("command-not-executable", `${there} cannot be executed`, {
    hint: "name a file, not a folder, and let it be executed with chmod +x",
  });
}
