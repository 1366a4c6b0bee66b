import type { Environment } from "../../platform/environment.ts";

/**
 * Puts the role that `LINKSOCKS_MODE` names before a command line that begins with none. Any other value is ignored, as
 * LinkSocks does.
 * @param words what follows `wpdaemon linksocks`.
 */
export function insertMode(words: readonly string[], environment: Environment): readonly string[] {
  const [first = "-"] = words;
  const role = ROLES.get(environment.LINKSOCKS_MODE?.trim().toLowerCase() ?? "");
  return first.startsWith("-") && role !== undefined ? [role, ...words] : words;
}

const ROLES = new Map([
  ["client", "client"],
  ["forward", "client"],
  ["connector", "connector"],
  ["provider", "provider"],
  ["reverse", "provider"],
  ["server", "server"],
]);
