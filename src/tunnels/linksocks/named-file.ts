import { dirname, isAbsolute, join } from "node:path";
import type { SectionReader } from "../config/section-reader.ts";
import { pathSchema } from "../config/value-schemas.ts";
import type { ParseOptions } from "../wireproxy/config/config.ts";

export interface NamedFile {
  readonly path: string;
  readonly text: string;
}

const HINT = "write the path of a file that the daemon's user may read: absolute, from ~, or from the config's folder";

/** The file that a key names. @returns undefined where there is none, or it cannot be read; a finding then says why. */
export function readNamedFile(section: SectionReader, key: string, options: ParseOptions): NamedFile | undefined {
  const written = section.optional(key, { schema: pathSchema, hint: HINT });
  if (written === undefined) return undefined;
  const path = resolvePath(written, options);
  const text = path === undefined ? undefined : readOrUndefined(path, options.readFile);
  if (path !== undefined && text !== undefined) return { path, text };
  section.report("error", section.lineOf(key), `${key} names a file that cannot be read`, HINT);
  return undefined;
}

/** The path that a config's text means. @returns undefined for one from `~` where nobody knows a home. */
export function resolvePath(
  written: string,
  { file, environment }: Pick<ParseOptions, "file" | "environment">,
): string | undefined {
  if (isAbsolute(written)) return written;
  if (!/^~(?:\/|$)/.test(written)) return join(dirname(file), written);
  const home = environment["HOME"];
  return home === undefined || home === "" ? undefined : join(home, written.slice(1));
}

function readOrUndefined(path: string, readFile: ParseOptions["readFile"]): string | undefined {
  try {
    return readFile(path);
  } catch {
    return undefined;
  }
}
