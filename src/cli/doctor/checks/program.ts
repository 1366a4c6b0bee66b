import { statSync } from "node:fs";
import { whereToLook } from "../../../daemon/parts/program.ts";
import { Failure } from "../../../platform/failure.ts";
import { readExecutableKind } from "../../../platform/process/executable-kind.ts";
import { quoteForShell } from "../../../platform/shell-word.ts";
import { findProgram, isProgram } from "../../../tunnels/wireproxy/program/find.ts";
import { attempt } from "../attempt.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, blameFailure, type Findings, fine, warn } from "../diagnosis.ts";

const REPLACE = "remove it, and the daemon downloads the right one; or name another with wireproxy.path in config.yaml";

/** Whether there is a wireproxy, and whether this machine can run it. */
export function checkProgram(circumstances: Circumstances): Findings {
  const { paths, settings, environment } = circumstances;
  const found = attempt(() =>
    findProgram(whereToLook(paths, settings instanceof Failure ? undefined : settings.wireproxy, environment)),
  );
  if (found instanceof Failure) return blameFailure(found);
  const unusable = explainInstalled(paths.program);
  if (found !== undefined) return [...unusable, ...judge(found, circumstances)];
  return unusable.length > 0 ? unusable : warn("none is found", DOWNLOAD);
}

const DOWNLOAD = "the daemon downloads one when it starts; or name one with wireproxy.path in config.yaml";

/** Explains why an installed wireproxy is not used. */
function explainInstalled(path: string): Findings {
  if (attempt(() => statSync(path, { throwIfNoEntry: false })) === undefined || isProgram(path)) return [];
  return blame(`${path} is not an executable file`, `chmod 755 ${quoteForShell(path)}`);
}

function judge(path: string, { platform, arch }: Circumstances): Findings {
  const kind = attempt(() => readExecutableKind(path));
  // A program may be executable and yet not readable.
  if (kind instanceof Failure || kind.format === "script") return fine(path);
  if (kind.format === "unknown")
    return blame(`${path} is no program: it may be a page or an archive under its name`, REPLACE);
  const system = kind.format === "elf" ? "linux" : "darwin";
  if (system !== platform) return blame(`${path} is made for ${system}, and this is ${platform}`, REPLACE);
  if (kind.machines.includes(arch)) return fine(path);
  const stranger = `${path} is made for ${kind.machines.join(", ")}, and this machine is ${arch}`;
  const runs = (EMULATED[`${platform}-${arch}`] ?? []).some((machine) => kind.machines.includes(machine));
  return runs ? warn(`${stranger}: it runs more slowly, or not at all`, REPLACE) : blame(stranger, REPLACE);
}

/** What a machine may run besides its own: 32-bit programs, and Rosetta's. */
const EMULATED: Readonly<Record<string, readonly string[]>> = {
  "linux-x64": ["ia32"],
  "linux-arm64": ["arm"],
  "darwin-arm64": ["x64"],
};
