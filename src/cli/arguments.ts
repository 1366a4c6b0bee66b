import type { ArgDef, ArgsDef } from "citty";
import { DEFAULT_PORT } from "../daemon/parts/line.ts";
import { ENVIRONMENT } from "../platform/environment.ts";
import { Failure } from "../platform/failure.ts";
import { findHome } from "../platform/files/home.ts";
import { type Paths, pathsBelow } from "../platform/files/paths.ts";

// Arguments and options that many commands take.

export const tunnelArgument = {
  type: "positional",
  valueHint: "tunnel",
  description: "Config, with or without .conf",
  required: true,
} as const satisfies ArgDef;

/** An option that is on or off. */
export function switchOption<const Description extends string>(description: Description) {
  return { type: "boolean", description, default: false } as const satisfies ArgDef;
}

export const jsonOption = switchOption("Print one JSON document");

export const portOption = {
  type: "string",
  alias: "p",
  valueHint: "port",
  description: "The daemon's port (WPDAEMON_PORT; 23888)",
} as const satisfies ArgDef;

export const homeOption = {
  type: "string",
  valueHint: "folder",
  description: "Folder of configs, logs and state (ARGUS_HOME; ~/.argus)",
} as const satisfies ArgDef;

/** The options of a command that is about one installation. */
export const commonOptions = { home: homeOption, json: jsonOption } as const satisfies ArgsDef;

/** The same where its daemon is asked, or a predecessor on a port. */
export const daemonOptions = { home: homeOption, port: portOption, json: jsonOption } as const satisfies ArgsDef;

export const yesOption = { ...switchOption("Do not ask"), alias: "y" } as const;

/** The paths of the installation that is meant: by the option, else by the environment. @throws Failure `usage`. */
export function findPaths({ home }: { readonly home?: string | undefined }): Paths {
  return pathsBelow(findHome(home, process.env));
}

/**
 * The port to ask: the flag, else `WPDAEMON_PORT`, else 23888.
 * @throws Failure `usage`.
 */
export function choosePort(flag: string | number | undefined): number {
  if (typeof flag === "number") return flag;
  if (flag !== undefined) return parsePort("--port", flag);
  const variable = ENVIRONMENT.WPDAEMON_PORT;
  return variable === undefined ? DEFAULT_PORT : parsePort("WPDAEMON_PORT", variable);
}

/** @throws Failure `usage` for what is no port: the predecessor's silent fall-back led people to the wrong daemon. */
export function parsePort(flag: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new Failure("usage", `${flag} needs a port number, not ${JSON.stringify(text)}`, {
    hint: "a number from 0 to 65535, such as -p 23888",
  });
}

/** A whole number such as an account's, exact in JSON. @throws Failure `usage`. */
export function parseWhole(option: string, text: string, example = `${option} 7001`): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new Failure("usage", `${option} needs a number, not ${JSON.stringify(text)}`, { hint: `such as ${example}` });
}

/**
 * Milliseconds of a text such as `30s`, `500ms`, `2m` or `1h`; a bare number counts seconds.
 * @throws Failure `usage`.
 */
export function parseDuration(option: string, text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const milliseconds = Number(amount) * (UNITS.get(unit ?? "s") ?? Number.NaN);
  // A timer takes no more than 2^31 ms: some 24 days.
  if (milliseconds < 2 ** 31) return milliseconds;
  throw new Failure("usage", `${option} needs a time, not ${JSON.stringify(text)}`, {
    hint: "a number with ms, s, m or h, such as 30s; at most 24 days",
  });
}

const UNITS = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
]);
