import { isAbsolute } from "node:path";
import type { Environment } from "../../../platform/environment.ts";
import { Failure } from "../../../platform/failure.ts";
import type { Scope } from "../../../platform/service/service.ts";
import { switchOption } from "../../arguments.ts";

export const systemOption = switchOption("A service of the machine instead of yours; needs root");

/**
 * Whose service is meant.
 * @param uid the number of the user who asks.
 * @throws Failure `usage` for a user without a home folder.
 */
export function findScope(system: boolean, environment: Environment, uid: number): Scope {
  if (system) return { kind: "system" };
  const home = environment.HOME;
  if (home !== undefined && isAbsolute(home)) return { kind: "user", home, uid };
  throw new Failure("usage", "no home folder: HOME is not set", { hint: "set HOME, or pass --system" });
}

/** @throws Failure `usage` where another than root would change what is the machine's. */
export function demandRights(scope: Scope, uid: number): void {
  if (scope.kind === "user" || uid === 0) return;
  throw new Failure("usage", "only root may change the services of the machine", { hint: "run it with sudo" });
}
