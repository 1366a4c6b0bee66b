import type { Audit } from "../../platform/audit.ts";
import type { Paths } from "../../platform/files/paths.ts";
import type { DownloadProgress } from "../../tunnels/wireproxy/program/download.ts";
import { createProgramProvider, type ProgramProvider } from "../../tunnels/wireproxy/program/provider.ts";
import type { Settings } from "../settings.ts";

export interface ProgramParts {
  readonly paths: Paths;
  readonly settings: Settings;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly audit: Audit;
  readonly onDownload: (progress: DownloadProgress) => void;
}

/** The wireproxy that this daemon's tunnels run on: found, or downloaded once. */
export function createProgram({ paths, settings, environment, audit, onDownload }: ProgramParts): ProgramProvider {
  return createProgramProvider({
    whereToLook: {
      configured: settings.program,
      environment: environment["WPDAEMON_WIREPROXY"],
      installed: paths.program,
      searchPath: environment["PATH"],
    },
    // The room costs memory and is needed once in the life of an installation.
    async install(signal, onProgress) {
      const { installProgram } = await import("../../tunnels/wireproxy/program/install.ts");
      const { platform, arch } = process;
      await installProgram({ paths, mirror: settings.mirror, platform, arch, signal, onProgress });
    },
    audit,
    onProgress: onDownload,
  });
}
