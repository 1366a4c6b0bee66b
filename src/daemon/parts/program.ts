import * as v from "valibot";
import type { Audit } from "../../platform/audit.ts";
import { letGo } from "../../platform/containment.ts";
import type { Environment } from "../../platform/environment.ts";
import { describeError } from "../../platform/failure.ts";
import type { Paths } from "../../platform/files/paths.ts";
import type { DownloadProgress } from "../../tunnels/wireproxy/program/download.ts";
import type { WhereToLook } from "../../tunnels/wireproxy/program/find.ts";
import { createProgramProvider } from "../../tunnels/wireproxy/program/provider.ts";
import { createVersionProbe } from "../../tunnels/wireproxy/program/version.ts";
import type { Part } from "../part.ts";
import type { StateFile } from "../state/state-file.ts";

export const wireproxySection = v.strictObject({
  /** The program to run. */
  path: v.optional(v.string()),
  /** URL prefix below which its archives lie, instead of its release page. */
  mirror: v.optional(v.pipe(v.string(), v.url())),
  /** Whether tunnels have an info port, which any program of this machine can read. */
  info_port: v.optional(v.boolean(), true),
});

type WireproxySettings = Omit<v.InferOutput<typeof wireproxySection>, "info_port">;
interface ProgramPartOptions {
  readonly paths: Paths;
  readonly settings: WireproxySettings;
  readonly environment: Environment;
  readonly audit: Audit;
  /** Where the operator reads. */
  readonly say: (line: string) => void;
  readonly onDownload: (progress: DownloadProgress) => void;
  readonly state: Pick<StateFile, "setState">;
}

/** The wireproxy that this daemon's tunnels run on: found, or downloaded once. */
export function createProgramPart({ paths, settings, environment, audit, say, onDownload, state }: ProgramPartOptions) {
  const versions = createVersionProbe();
  const provider = createProgramProvider({
    whereToLook: whereToLook(paths, settings, environment),
    // Its code costs memory and is needed once in the life of an installation.
    async install(signal, onProgress) {
      const { installProgram } = await import("../../tunnels/wireproxy/program/install.ts");
      const { platform, arch } = process;
      await installProgram({ paths, mirror: settings.mirror, platform, arch, signal, onProgress });
    },
    audit,
    onProgress: onDownload,
    onOutcome(fault) {
      if (fault === null) state.setState("running", "ready");
      else state.setState("running", "degraded-no-program", `wireproxy could not be downloaded: ${fault}`);
    },
  });
  const part: Part = {
    name: "wireproxy",
    open() {
      // Nothing waits for it: the daemon serves, and tunnels say what is missing.
      const providing = provider
        .provide()
        .then((path) => {
          say(`WireProxy binary ready at: "${path}"`);
          // Asked before the first tunnel needs it: its answer is in the header of every session log.
          return versions(path);
        })
        .catch((error) => say(describeError(error)));
      letGo("wireproxy", providing);
    },
    stop: provider.stop,
  };
  return { part, provider, versions };
}

/** Where wireproxy is looked for. @param settings undefined where they cannot be read. */
export function whereToLook(
  paths: Pick<Paths, "program">,
  settings: WireproxySettings | undefined,
  environment: Environment,
): WhereToLook {
  return {
    configured: settings?.path,
    environment: environment.WPDAEMON_WIREPROXY,
    installed: paths.program,
    searchPath: environment.PATH,
  };
}
