import type { Audit } from "../../../platform/audit.ts";
import { describeError, Failure } from "../../../platform/failure.ts";
import type { DownloadProgress } from "./download.ts";
import { explainPassedOver, findProgram, type WhereToLook } from "./find.ts";

interface ProviderParts {
  readonly whereToLook: WhereToLook;
  /** Downloads the program to its place. @throws Failure `download-failed`, `program-corrupt`, `platform-unsupported`. */
  readonly install: (signal: AbortSignal, onProgress: (progress: DownloadProgress) => void) => Promise<void>;
  readonly audit: Audit;
  readonly onProgress: (progress: DownloadProgress) => void;
  /** Told why there is no program after a download; null where there is one. */
  readonly onOutcome: (fault: string | null) => void;
}

export type ProgramProvider = ReturnType<typeof createProgramProvider>;

/** The wireproxy that tunnels run with: found, or fetched in the background while the daemon already answers. */
export function createProgramProvider({ whereToLook, install, audit, onProgress, onOutcome }: ProviderParts) {
  const end = new AbortController();
  let installing: Promise<string> | undefined;
  let progress: DownloadProgress | undefined;
  let lastFailure: string | undefined;

  return {
    /**
     * The path of the program.
     * @throws Failure `program-missing` at once where there is none yet, with how far the download is or why it failed;
     * a failed download is tried again.
     */
    current(): string {
      const found = findProgram(whereToLook);
      if (found !== undefined) return found;
      const reason = installing === undefined ? lastFailure : undefined;
      startInstalling().catch(() => undefined);
      throw new Failure("program-missing", `the program wireproxy is missing and ${describeProgress(reason)}`, {
        hint: "try again shortly, or name one with WPDAEMON_WIREPROXY or wireproxy.path",
      });
    },
    /** What is known of the program; it never throws, for much can be asked that needs none. */
    status() {
      const found = lookFor();
      const program = found instanceof Failure ? null : (found ?? null);
      const isDownloading = program === null && installing !== undefined;
      const whyNone = program === null && !isDownloading ? (lastFailure ?? null) : null;
      return {
        /** The path of the program; null while there is none. */
        program,
        /** Bytes of a download that is under way; the total is null where nobody says it. */
        download: isDownloading ? { received: progress?.received ?? 0, total: progress?.total ?? null } : null,
        /** Why there is none and none is being downloaded. */
        fault: found instanceof Failure ? found.message : whyNone,
      };
    },
    /** Resolves with the path once there is a program; installs one if need be. @throws Failure as the installation. */
    async provide(): Promise<string> {
      const passedOver = explainPassedOver(whereToLook);
      if (passedOver !== undefined) audit("INFO", passedOver);
      return findProgram(whereToLook) ?? (await startInstalling());
    },
    /** Ends a download under way. */
    stop: () => end.abort(),
  };

  function lookFor(): string | Failure | undefined {
    try {
      return findProgram(whereToLook);
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
  }

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
      if (!end.signal.aborted) onOutcome(lastFailure);
      throw error;
    }
    lastFailure = undefined;
    const found = findProgram(whereToLook);
    if (found === undefined) throw new Failure("program-missing", "wireproxy is not there after its installation");
    onOutcome(null);
    audit("SUCCESS", `WireProxy binary ready: ${found}`);
    return found;
  }

  function describeProgress(reason: string | undefined): string {
    if (reason !== undefined) return `could not be downloaded: ${reason}; trying again`;
    const { received = 0, total } = progress ?? {};
    return `is being downloaded (${total === undefined || total === 0 ? `${received} bytes` : `${Math.floor((100 * received) / total)} %`})`;
  }
}
