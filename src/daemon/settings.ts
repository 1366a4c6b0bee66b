import * as v from "valibot";
import { Failure, systemCode } from "../platform/failure.ts";
import { readTextIfThere } from "../platform/files/files.ts";
import type { Paths } from "../platform/files/paths.ts";
import { nearestWord } from "../platform/nearest-word.ts";
import { configNameOf, tunnelNameOf } from "../tunnels/config/names.ts";
import { parseProbeTarget } from "../tunnels/health/probe-target.ts";

/** The port that Argus asks: reference page wireproxy-daemon.md section 1. */
export const DEFAULT_PORT = 23_888;

export interface Settings {
  /** Port of the line protocol; 0 lets the system choose. */
  readonly port: number;
  /** The wireproxy to run, where the file names one. */
  readonly program: string | undefined;
  /** URL prefix below which wireproxy's archives lie, instead of its release page. */
  readonly mirror: string | undefined;
  /** Ports for tunnels whose config's own is taken. */
  readonly socks: { readonly from: number; readonly to: number };
  /** By config name without suffix. */
  readonly tunnels: Readonly<Record<string, TunnelSettings>>;
  /** Port of the control door's signed twin on 127.0.0.1; undefined: there is none. */
  readonly controlPort: number | undefined;
  readonly stream: StreamSettings;
}

/** The event stream, a WebSocket on both loopback addresses. */
export interface StreamSettings {
  readonly enabled: boolean;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Origins of web pages that may listen. */
  readonly origins: readonly string[];
}

/** What the owner wants of one tunnel. */
export interface TunnelSettings {
  /** Brought up when the daemon starts. */
  readonly autostart: boolean;
  readonly socks: number | undefined;
  /** Config names without suffix. */
  readonly failover: readonly string[];
  readonly probe: string | undefined;
  readonly recover: boolean;
}

/** What holds for a tunnel that the file does not name. */
export const DEFAULT_TUNNEL: TunnelSettings = {
  autostart: false,
  socks: undefined,
  failover: [],
  probe: undefined,
  recover: true,
};

const portSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535));
const mirrorSchema = v.pipe(v.string(), v.url());

const usedPortSchema = v.pipe(portSchema, v.minValue(1));

const tunnelSchema = v.strictObject({
  autostart: v.optional(v.boolean(), DEFAULT_TUNNEL.autostart),
  socks: v.optional(usedPortSchema),
  failover: v.optional(v.array(v.string()), []),
  probe: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => parseProbeTarget(text) !== undefined, "not a probe: write http://host/, or host:port"),
    ),
  ),
  recover: v.optional(v.boolean(), DEFAULT_TUNNEL.recover),
});

const rangeSchema = v.pipe(
  v.strictObject({ from: v.optional(usedPortSchema, 25_345), to: v.optional(usedPortSchema, 25_599) }),
  v.check(({ from, to }) => from <= to, "from is greater than to"),
);

/** Reference page event-stream.md section 2. */
const DEFAULT_STREAM_PORT = 8_765;

const streamSchema = v.strictObject({
  enabled: v.optional(v.boolean(), true),
  port: v.optional(portSchema, DEFAULT_STREAM_PORT),
  origins: v.optional(
    v.array(
      v.pipe(v.string(), v.regex(/^https?:\/\/[^/\s]+$/, "not an origin: write https://host or http://host:port")),
    ),
    [],
  ),
});

const fileSchema = v.strictObject({
  line: v.optional(v.strictObject({ port: v.optional(portSchema) })),
  wireproxy: v.optional(v.strictObject({ path: v.optional(v.string()), mirror: v.optional(mirrorSchema) })),
  socks: v.optional(rangeSchema, {}),
  control: v.optional(v.strictObject({ port: v.optional(usedPortSchema) })),
  stream: v.optional(streamSchema, {}),
  tunnels: v.optional(v.record(v.string(), tunnelSchema), {}),
});

const HINT =
  "the sections are line (port), wireproxy (path, mirror), socks (from, to), control (port), " +
  "stream (enabled, port, origins) and tunnels.NAME (autostart, socks, failover, probe, recover)";

const portVariable = v.pipe(v.string(), v.regex(/^\d+$/, "not a port number"), v.transform(Number), portSchema);

const environmentSchema = v.object({
  WPDAEMON_PORT: v.optional(portVariable),
  WPDAEMON_STREAM_PORT: v.optional(portVariable),
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
    socks: file.socks,
    controlPort: file.control?.port,
    stream: { ...file.stream, port: variables.WPDAEMON_STREAM_PORT ?? file.stream.port },
    tunnels: Object.fromEntries(
      Object.entries(file.tunnels).map(([name, { socks, probe, ...rest }]) => [
        tunnelNameOf(name),
        { ...rest, socks, probe },
      ]),
    ),
  };
}

/** Whether a port is set aside for another tunnel than that of the config `owner`, which has its suffix. */
export function isReservedPort(settings: Settings, port: number, owner: string): boolean {
  return Object.entries(settings.tunnels).some(([name, { socks }]) => socks === port && configNameOf(name) !== owner);
}

function readYaml(path: string): unknown {
  const text = readSettings(path);
  if (text === undefined || text.trim() === "") return {};
  const content = parseYaml(text, path);
  if (!Array.isArray(content)) return content;
  throw new Failure("settings-invalid", `${path}: the whole file: a list, where sections are expected`, {
    hint: HINT,
  });
}

function readSettings(path: string): string | undefined {
  try {
    return readTextIfThere(path);
  } catch (error) {
    throw new Failure("file-unusable", `cannot read ${path}: ${systemCode(error) ?? "failed"}`, {
      hint: "make it a file that you may read, in a folder of this program's own, or choose another with --home",
      cause: error,
    });
  }
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
      hint: HINT,
    });
  }
  const near = nearestWord(path.at(-1) ?? "", knownKeys(path.slice(0, -1)));
  throw new Failure("settings-invalid", `${source}: unknown key "${key}"`, {
    hint: near === undefined ? HINT : `did you mean "${near}"?`,
  });
}

function knownKeys(section: readonly string[]): readonly string[] {
  const { line, wireproxy, socks, control, stream } = fileSchema.entries;
  switch (section[0]) {
    case undefined:
      return Object.keys(fileSchema.entries);
    case "line":
      return Object.keys(line.wrapped.entries);
    case "wireproxy":
      return Object.keys(wireproxy.wrapped.entries);
    case "socks":
      return Object.keys(socks.wrapped.entries);
    case "control":
      return Object.keys(control.wrapped.entries);
    case "stream":
      return Object.keys(stream.wrapped.entries);
    default:
      return section.length === 2 ? Object.keys(tunnelSchema.entries) : [];
  }
}
