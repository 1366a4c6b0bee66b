import { join } from "node:path";
import type { Checked } from "../../endpoints/config/findings.ts";
import { readDocument } from "../../endpoints/config/read-document.ts";
import type { EndpointSettings } from "../../endpoints/config/settings.ts";
import type { Environment } from "../../platform/environment.ts";
import type { Paths } from "../../platform/files/paths.ts";

/** What the section `endpoints` of config.yaml amounts to; the environment beats it. */
export function readEndpointSettings(
  section: unknown,
  paths: Pick<Paths, "own">,
  environment: Environment,
): Checked<EndpointSettings> {
  return readDocument(section ?? {}, environment, {
    socketPath: join(paths.own, "ngrokd.sock"),
    socketMode: 0o600,
    stateFolder: join(paths.own, "endpoints"),
    asksNgrok: false,
  });
}
