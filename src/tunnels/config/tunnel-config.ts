import { basename } from "node:path";
import type { HostAndPort } from "../../net/host-and-port.ts";
import type { Environment } from "../../platform/environment.ts";
import { linuxRelease } from "../../platform/process/proc.ts";
import { checkListeners } from "./check.ts";
import { parseIni } from "./dialect/ini.ts";
import { openSections } from "./dialect/section-reader.ts";
import { assertStartable, describeFinding, type Finding, reportTo } from "./finding.ts";
import { type Listener, readListeners } from "./listeners.ts";
import { readConfigFile, readTextOrUndefined } from "./store/config-file.ts";
import { WAYS_IN } from "./ways-in.ts";

/**
 * What a config of any kind says: the ways in, which are the same for all kinds, and the way out, which each kind reads
 * from sections of its own.
 */
export interface TunnelConfig<WayOut = unknown> {
  /** Where programs of this machine get in. One whose address cannot be read is missing here. */
  readonly listeners: readonly Listener[];
  /** False where the way in is at the far end: a LinkSocks provider. */
  readonly listensHere: boolean;
  /** Where the far end is to be found, as written: names or addresses. */
  readonly peers: readonly HostAndPort[];
  /** Undefined where it cannot be read, which is a finding. */
  readonly wayOut: WayOut | undefined;
  /** By file and line, the config's own file first. */
  readonly findings: readonly Finding[];
}

/** What a config means depends on where it is read. */
export interface ConfigSurroundings {
  /** What `$NAME` is looked up in: the environment that the tunnel will run in. */
  readonly environment: Environment;
  /** The owner lets listeners without a password be reached from other machines. */
  readonly mayBeOpen?: boolean | undefined;
}

export interface ParseOptions extends ConfigSurroundings {
  /** The config's absolute path: for messages, and for files beside it that it names. */
  readonly file: string;
  /** Gives the text of another file that the config names; undefined where it cannot be read. */
  readonly readFile: (path: string) => string | undefined;
  /** The permission bits of the file, where there is one yet. */
  readonly mode?: number | undefined;
  /** `os.release()` on Linux; undefined elsewhere. */
  readonly linuxRelease?: string | undefined;
}

/** Reads and checks a config. @throws Failure `config-invalid` where a text is no INI file. */
type ParseConfig<WayOut = unknown> = (text: string, options: ParseOptions) => TunnelConfig<WayOut>;

/** A config without an error: a tunnel can be started with it. */
export interface StartableConfig<WayOut> extends Pick<TunnelConfig, "listeners" | "peers"> {
  readonly text: string;
  readonly wayOut: WayOut;
  /** What its owner should know although it starts, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Reads the config at `file` and makes sure, before anything is started with it, that it can be.
 * @throws Failure `config-invalid` naming the first error by file and line, `file-unusable`.
 */
export function loadConfig<WayOut>(
  file: string,
  parse: ParseConfig<WayOut>,
  surroundings: ConfigSurroundings,
): StartableConfig<WayOut> {
  const { text, mode } = readConfigFile(file);
  return parseStartable(text, parse, { ...parseOptions(file, surroundings), mode });
}

/** As `loadConfig`, of a text that `options.file` holds, or may hold. @throws Failure `config-invalid`. */
export function parseStartable<WayOut>(
  text: string,
  parse: ParseConfig<WayOut>,
  options: ParseOptions,
): StartableConfig<WayOut> {
  const { listeners, peers, wayOut, findings } = parse(text, options);
  assertStartable(findings);
  if (wayOut === undefined) throw new TypeError("a config without an error has a way out");
  return { text, listeners, peers, wayOut, warnings: findings.map(describeFinding) };
}

/** How a config of this machine is read. */
export function parseOptions(file: string, { environment, mayBeOpen }: ConfigSurroundings): ParseOptions {
  return { file, environment, mayBeOpen, readFile: readTextOrUndefined, linuxRelease: linuxRelease() };
}

/**
 * Reads the ways in of the config at `file`, whatever its kind, for a tunnel that another config's way out carries.
 * @throws Failure `config-invalid` naming the first error in them by file and line, `file-unusable`.
 */
export function loadWaysIn(
  file: string,
  { environment, mayBeOpen }: ConfigSurroundings,
): { readonly text: string; readonly listeners: readonly Listener[] } {
  const { text } = readConfigFile(file);
  const findings: Finding[] = [];
  const report = reportTo(findings, file);
  const sections = openSections(parseIni(text, basename(file)), WAYS_IN, { environment, report });
  const listeners = readListeners(sections, readTextOrUndefined);
  checkListeners(listeners, report, mayBeOpen);
  assertStartable(findings);
  return { text, listeners };
}
