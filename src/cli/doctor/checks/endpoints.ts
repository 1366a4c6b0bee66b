import { readEndpointSettings } from "../../../daemon/parts/read-endpoint-settings.ts";
import { describeFinding } from "../../../endpoints/config/findings.ts";
import { Failure } from "../../../platform/failure.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, type Findings, fine, warn } from "../diagnosis.ts";

/** Whether the settings of endpoints are valid, and what keeps those that the daemon serves from being reached. */
export function checkEndpoints({ settings, paths, daemon: { status } }: Circumstances): Findings {
  if (settings instanceof Failure || settings.endpoints === undefined) return [];
  const { problems, warnings } = readEndpointSettings(settings.endpoints, paths, process.env);
  const found = [
    ...problems.flatMap((problem) => blame(describeFinding(problem), "correct the section endpoints of config.yaml")),
    ...warnings.flatMap((warning) => warn(describeFinding(warning), null)),
  ];
  if (status instanceof Failure) return found;
  const { endpoints: served } = status;
  const START = "wpdaemon restart begins with them";
  if (served === undefined) return [...found, ...warn("the daemon was started before it had endpoints", START)];
  const count = served.endpoints.filter(({ state }) => state === "serving").length;
  return [
    ...found,
    ...fine(`${count} of ${served.endpoints.length} can be reached`),
    ...served.failing.flatMap((fault) => blame(fault, "wpdaemon endpoints status tells more")),
    ...[served.hosts.fault, served.health.fault].flatMap((fault) => (fault === null ? [] : warn(fault, null))),
  ];
}
