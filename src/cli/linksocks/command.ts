import { Failure } from "../../platform/failure.ts";
import { nearestWord } from "../../platform/nearest-word.ts";
import { say } from "../output/report.ts";
import type { Environment } from "./flags/flag-values.ts";
import { insertMode } from "./flags/mode.ts";
import { LINKSOCKS_VERBS } from "./verbs.ts";

/**
 * Runs `wpdaemon linksocks ROLE …`.
 * @param words what follows `linksocks`.
 * @throws Failure `usage`, and what the role throws before it runs.
 */
export async function runLinkSocks(words: readonly string[], environment: Environment): Promise<void> {
  const [role = "", ...rest] = insertMode(words, environment);
  const verb = LINKSOCKS_VERBS.find(({ name }) => name === `linksocks ${role}`);
  if (verb !== undefined) return await verb.run(rest);
  if (["help", "--help", "-h"].includes(role)) {
    const { OVERVIEW } = await import("./flags/overview.ts");
    return say(OVERVIEW);
  }
  const roles = LINKSOCKS_VERBS.map(({ name }) => name.slice("linksocks ".length));
  const near = nearestWord(role, roles);
  if (role !== "" && !role.startsWith("-")) {
    throw new Failure("usage", `unknown command "linksocks ${role}"`, {
      hint: near === undefined ? "wpdaemon linksocks --help lists them" : `did you mean "wpdaemon linksocks ${near}"?`,
    });
  }
  throw new Failure("usage", '"wpdaemon linksocks" is not complete', {
    hint: `one of: ${roles.join(", ")}; or set LINKSOCKS_MODE to one of them`,
  });
}
