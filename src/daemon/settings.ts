import * as v from "valibot";
import { Failure } from "../platform/failure.ts";
import { readTextIfThere } from "../platform/files.ts";
import { nearestWord } from "../platform/nearest-word.ts";
import type { Paths } from "../platform/paths.ts";

/** The port that Argus asks: reference page wireproxy-daemon.md section 1. */
export const DEFAULT_PORT = 23_888;

export interface Settings {
  /** Port of the line protocol; 0 lets the system choose. */
  readonly port: number;
  /** The wireproxy to run, where the file names one. */
  readonly program: string | undefined;
  /** URL prefix below which wireproxy's archives lie, instead of its release page. */
  readonly mirror: string | undefined;
}

const portSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535));
const mirrorSchema = v.pipe(v.string(), v.url());

const fileSchema = v.strictObject({
  line: v.optional(v.strictObject({ port: v.optional(portSchema) })),
  wireproxy: v.optional(v.strictObject({ path: v.optional(v.string()), mirror: v.optional(mirrorSchema) })),
});

const environmentSchema = v.object({
  WPDAEMON_PORT: v.optional(v.pipe(v.string(), v.regex(/^\d+$/, "not a port number"), v.transform(Number), portSchema)),
  WPDAEMON_MIRROR: v.optional(mirrorSchema),
});

/**
 * The settings in force: a flag beats the environment, the environment the file, the file the default.
 * @throws Failure `settings-invalid` naming the file (or variable), the key and, for an unknown one, the nearest known.
 */
export function loadSettings(
  paths: Paths,
  environment: Readonly<Record<string, string | undefined>>,
  flags: { readonly port?: number | undefined },
): Settings {
  const file = parse(fileSchema, readYaml(paths.settings), paths.settings);
  const variables = parse(environmentSchema, environment, "environment");
  return {
    port: flags.port ?? variables.WPDAEMON_PORT ?? file.line?.port ?? DEFAULT_PORT,
    program: file.wireproxy?.path,
    mirror: variables.WPDAEMON_MIRROR ?? file.wireproxy?.mirror,
  };
}

function readYaml(path: string): unknown {
  const text = readTextIfThere(path);
  if (text === undefined || text.trim() === "") return {};
  const content = parseYaml(text, path);
  if (!Array.isArray(content)) return content;
  throw new Failure("settings-invalid", `${path}: the whole file: a list, where sections are expected`, {
    hint: "the keys are line.port, wireproxy.path and wireproxy.mirror",
  });
}

function parseYaml(text: string, path: string): unknown {
  try {
    return Bun.YAML.parse(text) ?? {};
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure("settings-invalid", `${path}: not valid YAML: ${reason}`, { hint: "mend or remove the file" });
  }
}

/** @throws Failure `settings-invalid`. */
function parse<Schema extends v.GenericSchema>(schema: Schema, input: unknown, source: string): v.InferOutput<Schema> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = (issue.path ?? []).map((item) => String(item.key));
  const key = path.join(".");
  if (issue.type !== "strict_object" || issue.expected !== "never") {
    throw new Failure("settings-invalid", `${source}: ${key === "" ? "the whole file" : key}: ${issue.message}`, {
      hint: "the keys are line.port, wireproxy.path and wireproxy.mirror",
    });
  }
  const near = nearestWord(path.at(-1) ?? "", KNOWN_KEYS[path.slice(0, -1).join(".")] ?? []);
  throw new Failure("settings-invalid", `${source}: unknown key "${key}"`, {
    hint:
      near === undefined ? "the keys are line.port, wireproxy.path and wireproxy.mirror" : `did you mean "${near}"?`,
  });
}

const KNOWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  "": Object.keys(fileSchema.entries),
  line: Object.keys(fileSchema.entries.line.wrapped.entries),
  wireproxy: Object.keys(fileSchema.entries.wireproxy.wrapped.entries),
};
