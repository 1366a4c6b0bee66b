import { existsSync, realpathSync } from "node:fs";
import { attemptOr, Failure } from "../../../platform/failure.ts";
import { readTextIfThere } from "../../../platform/files/files.ts";
import { ownCommand } from "../../../platform/process/self.ts";
import { findServiceManager } from "../../../platform/service/manager.ts";
import type { Scope } from "../../../platform/service/service.ts";
import { findScope } from "../../verbs/daemon/service-scope.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, type Findings, fine, warn } from "../diagnosis.ts";
import { findHomeWord } from "../processes/command-words.ts";

/** A service's definition that is there. */
export interface InstalledService {
  readonly kind: Scope["kind"];
  readonly file: string;
  readonly text: string;
}

/** Whether the service that is installed runs this program, for this home, and alone. */
export function checkService(
  circumstances: Circumstances,
  services: readonly InstalledService[] = findServices(circumstances),
): Findings {
  if (services.length === 0) return fine("none is installed");
  const mine = services.filter(({ text }) => {
    const home = findHomeWord(readServiceCommand(text) ?? []);
    return home === undefined || home === circumstances.paths.home;
  });
  if (mine.length === 0) return fine("one is installed, for another home");
  const found = [...mine.flatMap(judgeProgram), ...judgeNumber(mine), ...judgeStart(circumstances)];
  return found.length === 0 ? fine(mine.map(({ file }) => file).join(", ")) : found;
}

function findServices({ environment, platform, user }: Circumstances): readonly InstalledService[] {
  return [false, true].flatMap((system) =>
    attemptOr([], () => {
      const scope = findScope(system, environment, user);
      const { file } = findServiceManager(platform, scope);
      const text = readTextIfThere(file);
      return text === undefined ? [] : [{ kind: scope.kind, file, text }];
    }),
  );
}

function judgeProgram({ kind, file, text }: InstalledService): Findings {
  const install = kind === "system" ? "sudo wpdaemon install --system --user NAME" : "wpdaemon install";
  const [program] = readServiceCommand(text) ?? [];
  if (program === undefined) return blame(`${file} does not say what to run`, `${install} --force writes it anew`);
  if (!existsSync(program))
    return blame(`the service runs ${program}, which is not there`, `${install} --force names this program`);
  const own = realpathSync(ownCommand()[0]);
  if (realpathSync(program) === own) return [];
  return warn(
    `the service runs ${program}, and this is ${own}`,
    `keep one of them; ${install} --force names this program`,
  );
}

function judgeNumber(services: readonly InstalledService[]): Findings {
  if (services.length < 2) return [];
  return blame(
    "a service of yours and one of the machine are to run the same home",
    "wpdaemon uninstall removes yours; with --system the machine's",
  );
}

/** On Linux, the cgroup of a process names its service; proc(5). */
function judgeStart({ daemon: { status }, platform }: Circumstances): Findings {
  if (status instanceof Failure || platform !== "linux") return [];
  const { pid } = status.daemon;
  const groups = attemptOr(undefined, () => readTextIfThere(`/proc/${pid}/cgroup`));
  if (groups === undefined || groups.includes("/wpdaemon.service")) return [];
  return warn(
    `the service is installed, but the daemon that runs (process ${pid}) was started by other means`,
    "the service cannot start while it runs: wpdaemon stop, then start the service",
  );
}

/**
 * The command line in a service's definition that `wpdaemon install` wrote: a systemd unit's ExecStart= or a property
 * list's ProgramArguments.
 * @returns undefined where there is none.
 */
export function readServiceCommand(definition: string): readonly string[] | undefined {
  const unit = /^ExecStart=:?(.+)$/m.exec(definition)?.[1];
  if (unit !== undefined) return splitUnitWords(unit);
  const list = /<key>ProgramArguments<\/key>\s*<array>([\s\S]*?)<\/array>/.exec(definition)?.[1];
  if (list === undefined) return undefined;
  return [...list.matchAll(/<string>([\s\S]*?)<\/string>/g)].map(([, text = ""]) => unescapeXml(text));
}

/** systemd.syntax(7), as far as our own quoting goes: words in double quotes, a backslash before a quote, %% for %. */
function splitUnitWords(line: string): readonly string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) =>
    (plain ?? (quoted ?? "").replace(/\\(.)/g, "$1")).replaceAll("%%", "%"),
  );
}

function unescapeXml(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
