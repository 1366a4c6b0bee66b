import { readEndpointSettings } from "../../../daemon/parts/read-endpoint-settings.ts";
import { loadSettings } from "../../../daemon/settings.ts";
import { checkConfigFile } from "../../../endpoints/config/config-file.ts";
import type { Checked } from "../../../endpoints/config/findings.ts";
import type { EndpointSettings } from "../../../endpoints/config/settings.ts";
import { findPaths } from "../../arguments.ts";

/** Names the file of a `wpdaemon ngrokd`. */
export const configOption = {
  type: "string",
  valueHint: "file",
  description: "ngrokd's file, in place of config.yaml",
} as const;

/** The settings of endpoints that are meant, and the file that they stand in. @throws Failure. */
export function readMeantSettings(args: { readonly config?: string | undefined; readonly home?: string | undefined }): {
  readonly file: string;
  readonly checked: Checked<EndpointSettings>;
} {
  if (args.config !== undefined) return { file: args.config, checked: checkConfigFile(args.config, process.env) };
  const paths = findPaths(args);
  const { endpoints } = loadSettings(paths, process.env, {});
  return { file: paths.settings, checked: readEndpointSettings(endpoints, paths, process.env) };
}
