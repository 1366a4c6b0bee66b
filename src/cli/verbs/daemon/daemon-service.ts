import { existsSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { parseSettings, readSettings } from "../../../daemon/settings.ts";
import type { Environment } from "../../../platform/environment.ts";
import { attemptOr, Failure } from "../../../platform/failure.ts";
import { makePrivateFolder } from "../../../platform/files/files.ts";
import { findAccountHome, findHome } from "../../../platform/files/home.ts";
import { pathsBelow } from "../../../platform/files/paths.ts";
import { RUNTIME_OPTIONS } from "../../../platform/process/runtime-options.ts";
import { ownCommand } from "../../../platform/process/self.ts";
import type { Service } from "../../../platform/service/service.ts";
import { quoteForShell } from "../../../platform/shell-word.ts";
import { parsePort } from "../../arguments.ts";

export interface ServiceRequest {
  readonly system: boolean;
  /** The account, for a service of the machine. */
  readonly user?: string | undefined;
  readonly home?: string | undefined;
  readonly port?: string | undefined;
}

/**
 * The daemon as a service manager is to run it: this very executable, for the folder and the port that the options and
 * the environment name. A service of the machine knows nothing of the environment in which root typed the command.
 * @throws Failure `usage`.
 */
export function describeDaemonService({ system, user, home, port }: ServiceRequest, environment: Environment): Service {
  if (system !== (user !== undefined)) {
    throw new Failure("usage", system ? "--system needs --user" : "--user goes with --system only", {
      hint: "wpdaemon install --system --user NAME runs the daemon as that account",
    });
  }
  const origin = user === undefined ? environment : { HOME: findAccountHome(user) };
  const folder = rejectControlCharacters(findHome(home, origin));
  const paths = pathsBelow(folder);
  const [program, ...entry] = ownCommand();
  const [listen, source] = port === undefined ? [origin.WPDAEMON_PORT, "WPDAEMON_PORT"] : [port, "--port"];
  const flags = listen === undefined ? [] : ["-p", String(parsePort(source, listen))];
  return {
    command: [
      rejectControlCharacters(realpathSync(program)),
      ...entry.map((path) => rejectControlCharacters(realpathSync(path))),
      ...["--daemon", "--home", folder],
      ...flags,
    ],
    home: folder,
    account: user,
    log: paths.log,
    environment: RUNTIME_OPTIONS,
    // Settings that cannot be read are told of by the daemon.
    hasEndpoints: attemptOr(
      false,
      () => parseSettings(readSettings(paths.settings) ?? "", paths.settings).endpoints !== undefined,
    ),
  };
}

/**
 * Makes sure of the folder that the service may write to.
 * @throws Failure `file-unusable`: what lies in another account's folder, root must not make or give away.
 */
export function prepareServiceFolder({ account, home, log }: Service): void {
  const folder = dirname(log);
  if (account === undefined) makePrivateFolder(folder);
  if (existsSync(folder)) return;
  const paths = [home, folder].map(quoteForShell).join(" ");
  throw new Failure("file-unusable", `${folder} is missing`, {
    hint: `make it as the account that is to use it: sudo -u ${account} install -d -m 700 ${paths}`,
  });
}

/** Neither a unit file nor a property list can hold them. */
function rejectControlCharacters(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (!/[\x00-\x1f\x7f]/.test(path)) return path;
  throw new Failure("usage", `${JSON.stringify(path)} holds control characters`, { hint: "move it elsewhere" });
}
