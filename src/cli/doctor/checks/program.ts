import { statSync } from "node:fs";
import { whereToLook } from "../../../daemon/parts/program.ts";
import { Failure } from "../../../platform/failure.ts";
import { quoteForShell } from "../../../platform/shell-word.ts";
import { findProgram, isProgram } from "../../../tunnels/wireproxy/program/find.ts";
import { attempt } from "../attempt.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, fine, type Observation, warn } from "../diagnosis.ts";
import { type ExecutableKind, readExecutableKind } from "../processes/executable-kind.ts";

const REPLACE = "remove it, and the daemon downloads the right one; or name another with wireproxy.path in config.yaml";

/** Whether there is a wireproxy, and whether this machine can run it. */
export function checkProgram(
  circumstances: Pick<Circumstances, "paths" | "settings" | "environment" | "platform" | "arch">,
): readonly Observation[] {
  const { paths, settings, environment } = circumstances;
  const found = attempt(() =>
    findProgram(whereToLook(paths, settings instanceof Failure ? undefined : settings.wireproxy, environment)),
  );
  if (found instanceof Failure) return [blame(found.message, found.hint ?? null)];
  const unusable = explainInstalled(paths.program);
  if (found === undefined) {
    return [
      unusable ??
        warn(
          "none is found",
          "the daemon downloads one when it starts; or name one with wireproxy.path in config.yaml",
        ),
    ];
  }
  const diagnosis = judge(found, circumstances);
  return unusable === undefined ? [diagnosis] : [unusable, diagnosis];
}

/** Explains why an installed wireproxy is not used. */
function explainInstalled(path: string): Observation | undefined {
  if (attempt(() => statSync(path, { throwIfNoEntry: false })) === undefined || isProgram(path)) return undefined;
  return blame(`${path} is not an executable file`, `chmod 755 ${quoteForShell(path)}`);
}

function judge(path: string, { platform, arch }: Pick<Circumstances, "platform" | "arch">): Observation {
  const kind = attempt(() => readExecutableKind(path));
  // A program may be executable and yet not readable.
  if (kind instanceof Failure || kind.format === "script") return fine(path);
  const fault = findFault(kind, platform, arch);
  if (fault === undefined) return fine(path);
  return fault.runs ? warn(`${path} ${fault.text}`, REPLACE) : blame(`${path} ${fault.text}`, REPLACE);
}

function findFault(
  kind: Exclude<ExecutableKind, { format: "script" }>,
  platform: string,
  arch: string,
): { readonly text: string; readonly runs: boolean } | undefined {
  if (kind.format === "unknown")
    return { text: "is no program: it may be a page or an archive under its name", runs: false };
  const system = kind.format === "elf" ? "linux" : "darwin";
  if (system !== platform) return { text: `is made for ${system}, and this is ${platform}`, runs: false };
  if (kind.machines.includes(arch)) return undefined;
  const machines = kind.machines.join(", ");
  const stranger = `is made for ${machines}, and this machine is ${arch}`;
  const runs = (EMULATED[`${platform}-${arch}`] ?? []).some((machine) => kind.machines.includes(machine));
  return { text: runs ? `${stranger}: it runs more slowly, or not at all` : stranger, runs };
}

/** What a machine may run besides its own: 32-bit programs, and Rosetta's. */
const EMULATED: Readonly<Record<string, readonly string[]>> = {
  "linux-x64": ["ia32"],
  "linux-arm64": ["arm"],
  "darwin-arm64": ["x64"],
};
