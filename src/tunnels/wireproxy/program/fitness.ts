import { attemptOr } from "../../../platform/failure.ts";
import { readExecutableKind } from "../../../platform/process/executable-kind.ts";
import type { Machine } from "./release.ts";

/** Why a program does not fit a machine. */
interface Misfit {
  /** Continues a sentence that begins with the program's path. */
  readonly text: string;
  /** It may run all the same, more slowly. */
  readonly mayRun: boolean;
}

/** Looks at the first bytes of an executable file. @returns undefined for one that fits, as far as can be seen. */
export function findMisfit(path: string, { platform, arch }: Machine): Misfit | undefined {
  const kind = attemptOr(undefined, () => readExecutableKind(path));
  // A program may be executable and yet not readable.
  if (kind === undefined || kind.format === "script") return undefined;
  if (kind.format === "unknown") {
    return { text: "is no program: it may be empty, or a page or an archive under its name", mayRun: false };
  }
  const system = kind.format === "elf" ? "linux" : "darwin";
  if (system !== platform) return { text: `is made for ${system}, and this is ${platform}`, mayRun: false };
  if (kind.machines.includes(arch)) return undefined;
  const text = `is made for ${kind.machines.join(", ")}, and this machine is ${arch}`;
  const mayRun = (EMULATED[`${platform}-${arch}`] ?? []).some((machine) => kind.machines.includes(machine));
  return { text: mayRun ? `${text}: it runs more slowly, or not at all` : text, mayRun };
}

/** What a machine may run besides its own: 32-bit programs, and Rosetta's. */
const EMULATED: Readonly<Record<string, readonly string[]>> = {
  "linux-x64": ["ia32"],
  "linux-arm64": ["arm"],
  "darwin-arm64": ["x64"],
};
