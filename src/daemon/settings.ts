import * as v from "valibot";
import type { Environment } from "../platform/environment.ts";
import { describeError, explainRefusal, Failure, fileUnusable } from "../platform/failure.ts";
import { readTextIfThere } from "../platform/files/files.ts";
import type { Paths } from "../platform/files/paths.ts";
import { nearestWord } from "../platform/nearest-word.ts";
import { controlSection } from "./parts/control.ts";
import { endpointsSection } from "./parts/endpoints.ts";
import { streamSection } from "./parts/events.ts";
import { lineSection } from "./parts/line.ts";
import { wireproxySection } from "./parts/program.ts";
import { listenSection, socksSection, tunnelsSection } from "./parts/tunnels.ts";

/** config.yaml. Each section stands with the part that it is for; a new setting is one line there, and its hints follow. */
const fileSchema = v.strictObject({
  line: v.optional(lineSection, {}),
  wireproxy: v.optional(wireproxySection, {}),
  socks: v.optional(socksSection, {}),
  listen: v.optional(listenSection, {}),
  control: v.optional(controlSection, {}),
  stream: v.optional(streamSection, {}),
  tunnels: v.optional(tunnelsSection, {}),
  endpoints: v.optional(endpointsSection),
});

/** What is in force, under the names that the file has for it. */
export type Settings = v.InferOutput<typeof fileSchema>;

/** Which setting a variable of the environment beats: its section and key. */
const VARIABLES: { readonly [variable: string]: readonly [section: keyof Settings, key: string] } = {
  WPDAEMON_PORT: ["line", "port"],
  WPDAEMON_STREAM_PORT: ["stream", "port"],
  WPDAEMON_MIRROR: ["wireproxy", "mirror"],
  WPDAEMON_BEYOND_LOOPBACK: ["listen", "beyond_loopback"],
};

const SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["false", false],
]);

/**
 * Gives the settings in force: a flag beats the environment, the environment the file, the file the default.
 * @throws Failure `settings-invalid` naming the file (or variable), the key and, for an unknown one, the nearest known;
 * `file-unusable`.
 */
export function loadSettings(
  paths: Paths,
  environment: Environment,
  flags: { readonly port?: number | undefined },
): Settings {
  let settings = parseSettings(readSettings(paths.settings) ?? "", paths.settings);
  for (const [variable, [section, key]] of Object.entries(VARIABLES)) {
    const text = environment[variable];
    if (text === undefined) continue;
    const value = /^\d+$/.test(text) ? Number(text) : (SWITCHES.get(text) ?? text);
    settings = parse({ ...settings, [section]: { ...settings[section], [key]: value } }, "environment", variable);
  }
  return flags.port === undefined ? settings : { ...settings, line: { ...settings.line, port: flags.port } };
}

/** The variables of an environment that stand for a setting. */
export function overridingVariables(environment: Environment): readonly string[] {
  return Object.keys(VARIABLES).filter((variable) => environment[variable] !== undefined);
}

/** What a text says that is, or is to be, the file at `path`. @throws Failure `settings-invalid`. */
export function parseSettings(text: string, path: string): Settings {
  const content = parseYaml(text, path);
  if (!Array.isArray(content)) return parse(content, path);
  throw invalid(`${path}: the whole file: a list, where sections are expected`, listSections());
}

/** The text of the file; undefined where there is none. @throws Failure `file-unusable`, and what `explainRefusal` knows. */
export function readSettings(path: string): string | undefined {
  try {
    return readTextIfThere(path);
  } catch (error) {
    const hint = "make it a file that you may read, in a folder of this program's own, or choose another with --home";
    throw explainRefusal(error, `cannot read ${path}`) ?? fileUnusable(error, `cannot read ${path}`, hint);
  }
}

function parseYaml(text: string, path: string): unknown {
  try {
    return Bun.YAML.parse(text) ?? {};
  } catch (error) {
    throw invalid(`${path}: not valid YAML: ${describeError(error)}`, "mend or remove the file");
  }
}

/** @param variable that has set the value; otherwise the key is named by its place in the file. */
function parse(input: unknown, source: string, variable?: string): Settings {
  const result = v.safeParse(fileSchema, input);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const place = (issue.path ?? []).map((item) => String(item.key));
  const key = variable ?? place.join(".");
  if (issue.type !== "strict_object" || issue.expected !== "never") {
    const hint = HOW_TO_WRITE.get(issue.expected ?? "") ?? listSections();
    throw invalid(`${source}: ${key === "" ? "the whole file" : key}: ${issue.message}`, hint);
  }
  const near = nearestWord(place.at(-1) ?? "", keysAt(fileSchema, place.slice(0, -1)));
  throw invalid(`${source}: unknown key "${key}"`, near === undefined ? listSections() : `did you mean "${near}"?`);
}

/** By what valibot expected. */
const HOW_TO_WRITE: ReadonlyMap<string, string> = new Map([
  ["number", "write digits alone, without quotes or blanks"],
  ["boolean", "write true or false, without quotes"],
]);

function invalid(message: string, hint: string): Failure {
  return new Failure("settings-invalid", message, { hint });
}

/** What of a schema tells which keys there are. */
interface SchemaNode {
  readonly type: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  /** Of a record: what stands under every name. */
  readonly value?: SchemaNode;
  /** Of what may be left out. */
  readonly wrapped?: SchemaNode;
}

/** The keys that may stand at a place of the file; none where it holds a value. */
function keysAt(schema: SchemaNode | undefined, place: readonly string[]): readonly string[] {
  if (schema?.wrapped !== undefined) return keysAt(schema.wrapped, place);
  const [first, ...rest] = place;
  if (first === undefined) return Object.keys(schema?.entries ?? {});
  return keysAt(schema?.entries?.[first] ?? schema?.value, rest);
}

function listSections(): string {
  const sections = Object.keys(fileSchema.entries).map((name) => {
    const own = keysAt(fileSchema, [name]);
    if (own.length > 0) return `${name} (${own.join(", ")})`;
    const each = keysAt(fileSchema, [name, ""]);
    return each.length > 0 ? `${name}.NAME (${each.join(", ")})` : name;
  });
  return `the sections are ${sections.slice(0, -1).join(", ")} and ${sections.at(-1)}`;
}
