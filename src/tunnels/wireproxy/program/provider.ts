import type { Audit } from "../../../platform/audit.ts";
import { describeError, Failure } from "../../../platform/failure.ts";
import type { DownloadProgress } from "./download.ts";
import { findProgram, type WhereToLook } from "./find.ts";

/** The wireproxy that tunnels run with: found, or fetched in the background while the daemon already answers. */
export interface ProgramProvider {
  /**
   * The path of the program.
   * @throws Failure `program-missing` at once where there is none yet, with how far the download is or why it failed;
   * a failed download is tried again.
   */
  current(): string;
  /** The path of the program; null while there is none. */
  found(): string | null;
  /** Resolves with the path once there is a program; installs one if need be. @throws Failure as the installation. */
  provide(): Promise<string>;
  /** Ends a download under way. */
  stop(): void;
}

export interface ProviderParts {
  readonly whereToLook: WhereToLook;
  /** Downloads the program to its place. @throws Failure `download-failed`, `program-corrupt`, `platform-unsupported`. */
  readonly install: (signal: AbortSignal, onProgress: (progress: DownloadProgress) => void) => Promise<void>;
  readonly audit: Audit;
  readonly onProgress: (progress: DownloadProgress) => void;
}

export function createProgramProvider({ whereToLook, install, audit, onProgress }: ProviderParts): ProgramProvider {
  const end = new AbortController();
  let installing: Promise<string> | undefined;
  let progress: DownloadProgress | undefined;
  let lastFailure: string | undefined;

  return {
    current() {
      const found = findProgram(whereToLook);
      if (found !== undefined) return found.path;
      const reason = installing === undefined ? lastFailure : undefined;
      startInstalling().catch(() => undefined);
      throw new Failure("program-missing", `the program wireproxy is missing and ${describeProgress(reason)}`, {
        hint: "try again shortly, or name one with WPDAEMON_WIREPROXY or wireproxy.path",
      });
    },
    found: () => findProgram(whereToLook)?.path ?? null,
    async provide() {
      return findProgram(whereToLook)?.path ?? (await startInstalling());
    },
    stop: () => end.abort(),
  };

  function startInstalling(): Promise<string> {
    installing ??= installAndFind().finally(() => {
      installing = undefined;
    });
    return installing;
  }

  async function installAndFind(): Promise<string> {
    audit("ACTION", "wireproxy is missing, downloading it");
    progress = undefined;
    try {
      await install(end.signal, (latest) => {
        progress = latest;
        onProgress(latest);
      });
    } catch (error) {
      lastFailure = describeError(error);
      audit("ERROR", `[initialization] Failed to ensure wireproxy binary is available: ${lastFailure}`);
      throw error;
    }
    lastFailure = undefined;
    const found = findProgram(whereToLook);
    if (found === undefined) throw new Failure("program-missing", "wireproxy is not there after its installation");
    audit("SUCCESS", `WireProxy binary ready: ${found.path}`);
    return found.path;
  }

  function describeProgress(reason: string | undefined): string {
    if (reason !== undefined) return `could not be downloaded: ${reason}; trying again`;
    const { received = 0, total } = progress ?? {};
    return `is being downloaded (${total === undefined || total === 0 ? `${received} bytes` : `${Math.floor((100 * received) / total)} %`})`;
  }
}
