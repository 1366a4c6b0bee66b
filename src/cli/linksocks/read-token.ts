import { readFileSync } from "node:fs";
import { Failure, orFileUnusable } from "../../platform/failure.ts";
import type { FlagValues } from "./flags/flag-values.ts";

/**
 * The token that the user gave: by `--token-file`, by `--token`, or in the environment. Empty where there is none.
 * @throws Failure `usage` for both flags at once or an empty file, `file-unusable` for one that cannot be read.
 */
export function readToken(values: FlagValues<"token" | "token-file">): string {
  const file = values.text("token-file");
  if (file === "") return values.text("token");
  if (values.isGiven("token")) {
    throw new Failure("usage", "--token and --token-file exclude each other", { hint: "give one of them" });
  }
  const hint = "--token-file needs a file that this user may read";
  const token = orFileUnusable(`cannot read the token from ${file}`, hint, () => readFileSync(file, "utf8")).trim();
  if (token === "") throw new Failure("usage", `${file} holds no token`, { hint: "write the token into it" });
  return token;
}
