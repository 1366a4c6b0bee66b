import type { Environment } from "../../platform/environment.ts";
import { describeError, explainRefusal, Failure, fileUnusable } from "../../platform/failure.ts";
import { readTextIfThere } from "../../platform/files/files.ts";
import { type Checked, describeFinding } from "./findings.ts";
import { NGROKD_DEFAULTS, readDocument } from "./read-document.ts";
import type { EndpointSettings } from "./settings.ts";

/**
 * Reads ngrokd's configuration file and finds everything that is wrong with it.
 * @throws Failure `settings-invalid` where there is none, `permission-denied` or `file-unusable` where it cannot be read.
 */
export function checkConfigFile(path: string, environment: Environment): Checked<EndpointSettings> {
  const text = readConfig(path);
  let document: unknown;
  try {
    document = Bun.YAML.parse(text);
  } catch (error) {
    const problem = { key: "", message: `not valid YAML: ${describeError(error)}` };
    return { settings: undefined, problems: [problem], warnings: [] };
  }
  return readDocument(document, environment, NGROKD_DEFAULTS);
}

/** The settings of a configuration that has no problem. @throws Failure `settings-invalid` that names all it has. */
export function settingsOf({ settings, problems }: Checked<EndpointSettings>, source: string): EndpointSettings {
  if (settings !== undefined) return settings;
  throw new Failure("settings-invalid", `${source}: ${problems.map(describeFinding).join("; ")}`, {
    hint: "correct what is named; the keys are in docs/endpoints.md",
  });
}

function readConfig(path: string): string {
  let text: string | undefined;
  try {
    text = readTextIfThere(path);
  } catch (error) {
    const hint = "make it a file that you may read, or name another with --config";
    throw explainRefusal(error, `cannot read ${path}`) ?? fileUnusable(error, `cannot read ${path}`, hint);
  }
  if (text !== undefined) return text;
  throw new Failure("settings-invalid", `there is no configuration file ${path}`, {
    hint: "name it with --config FILE",
  });
}
