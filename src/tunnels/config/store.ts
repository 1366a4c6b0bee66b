import { linkSync, lstatSync, rmSync, unlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { Failure, systemCode } from "../../platform/failure.ts";
import { makePrivateFolder, replaceFile, syncFolder } from "../../platform/files/files.ts";
import { assertStartable } from "../wireproxy/config/check.ts";
import { completeConfig } from "../wireproxy/config/completion.ts";
import { type ParseOptions, parseConfig } from "../wireproxy/config/config.ts";
import { type ConfigText, MOST_CONFIG_BYTES, readConfigFile } from "./config-file.ts";
import type { Finding } from "./finding.ts";
import { isRegularFile, listConfigs } from "./listing.ts";
import { CONFIG_SUFFIX, normalizeConfigName } from "./names.ts";
import type { Environment } from "./section-reader.ts";

/** The folder of configs; each is one tunnel. */
export interface ConfigStore {
  /** @returns the full names. @throws Failure `file-unusable` where the folder cannot be read. */
  list(): readonly string[];
  /** The full name of a config, which may be asked for without its suffix. @throws Failure `config-not-found`. */
  nameOf(name: string): string;
  /** The absolute path of a config. @throws Failure `config-not-found`. */
  find(name: string): string;
  /** @throws Failure `file-unusable`. */
  read(path: string): ConfigText;
  /**
   * Copies a file into the folder, with a SOCKS5 listener added where it has none. Section 8.1.
   * @throws Failure `file-unusable`, `usage` (the name), `config-exists`, `config-invalid`; nothing is written then.
   */
  importFile(source: string, options?: { readonly name?: string | undefined }): ImportedConfig;
  /** Imports every config of a folder; one that is refused does not keep the others out. @throws as `list`. */
  importFolder(source: string): readonly FolderImport[];
  /** As `importFile`, from a text. */
  add(name: string, text: string): ImportedConfig;
  /** @throws Failure `config-not-found`, `file-unusable`. */
  remove(name: string): void;
}

export interface ImportedConfig {
  readonly name: string;
  readonly path: string;
  /** A `[Socks5]` section was appended. */
  readonly socks5Added: boolean;
  readonly warnings: readonly Finding[];
}

export type FolderImport =
  | { readonly source: string; readonly imported: ImportedConfig }
  | { readonly source: string; readonly failure: Failure };

export interface StoreOptions {
  /** Told once of each file that `list` passes over although it looks like a config. */
  readonly onSkipped?: ((name: string, reason: string) => void) | undefined;
  /** What `$NAME` in an imported config is looked up in. */
  readonly environment?: Environment | undefined;
  /** `os.release()` on Linux; undefined elsewhere. */
  readonly linuxRelease?: string | undefined;
  /** What checks an imported text; unless it is given, wireproxy's configs alone are known. */
  readonly parse?: ((text: string, options: ParseOptions) => { readonly findings: readonly Finding[] }) | undefined;
}

/** @param folder absolute path; it is created by the first import. Reference page wireproxy-daemon.md section 8. */
export function createConfigStore(folder: string, options: StoreOptions = {}): ConfigStore {
  let reported: ReadonlySet<string> = new Set();

  return { list, nameOf, find, read: readConfigFile, importFile, importFolder, add, remove };

  function list(): readonly string[] {
    const skipped = new Set<string>();
    const names = listConfigs(folder, (name, reason) => {
      skipped.add(name);
      if (!reported.has(name)) options.onSkipped?.(name, reason);
    });
    reported = skipped;
    return names;
  }

  function nameOf(name: string): string {
    const normal = normalizeConfigName(name);
    if (normal !== undefined && isRegularFile(join(folder, normal))) return normal;
    throw notFound(name);
  }

  function find(name: string): string {
    return join(folder, nameOf(name));
  }

  function importFile(source: string, { name = basename(source) }: { readonly name?: string | undefined } = {}) {
    return add(name, readConfigFile(source).text);
  }

  function importFolder(source: string): readonly FolderImport[] {
    const refused: FolderImport[] = [];
    const names = listConfigs(source, (name, reason) => {
      const failure = new Failure("usage", `not imported: ${reason}`, { hint: "rename it" });
      refused.push({ source: join(source, name), failure });
    });
    return [...names.map((name) => importOrRefuse(join(source, name))), ...refused];
  }

  function importOrRefuse(source: string): FolderImport {
    try {
      return { source, imported: importFile(source) };
    } catch (error) {
      if (error instanceof Failure) return { source, failure: error };
      throw error;
    }
  }

  function add(name: string, text: string): ImportedConfig {
    const normal = normalizeConfigName(name);
    if (normal === undefined) throw unusableName();
    const path = join(folder, normal);
    if (isTaken(path)) throw alreadyThere(normal);
    const completed = completeConfig(text, normal);
    if (Buffer.byteLength(completed.text) > MOST_CONFIG_BYTES) {
      throw new Failure("file-unusable", `${normal} is larger than 1 MiB`, { hint: "no config needs as much" });
    }
    const { findings } = (options.parse ?? parseConfig)(completed.text, {
      file: path,
      environment: options.environment ?? {},
      readFile: (other) => readConfigFile(other).text,
      linuxRelease: options.linuxRelease,
    });
    assertStartable(findings);
    writeNew(path, completed.text);
    return { name: normal, path, socks5Added: completed.socks5Added, warnings: findings };
  }

  /** Whole or not at all, and never over a file that came there meanwhile. */
  function writeNew(path: string, text: string): void {
    const draft = join(folder, `.import-${process.pid}-${crypto.randomUUID()}`);
    try {
      makePrivateFolder(folder);
      replaceFile(draft, text);
      linkSync(draft, path);
    } catch (error) {
      if (systemCode(error) === "EEXIST" && isTaken(path)) throw alreadyThere(basename(path));
      throw new Failure("file-unusable", `cannot write ${path}: ${systemCode(error) ?? "failed"}`, {
        hint: "make its folder one that you may write to",
        cause: error,
      });
    } finally {
      rmSync(draft, { force: true });
    }
    syncFolder(folder);
  }

  function remove(name: string): void {
    const path = find(name);
    try {
      unlinkSync(path);
    } catch (error) {
      if (systemCode(error) === "ENOENT") throw notFound(name);
      throw new Failure("file-unusable", `cannot remove ${path}: ${systemCode(error) ?? "failed"}`, {
        hint: "make its folder one that you may write to",
        cause: error,
      });
    }
    syncFolder(folder);
  }
}

/** A link that leads nowhere takes the name too. */
function isTaken(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** The wording is the predecessors'; it tells nothing about files outside the folder. Section 3.5. */
function notFound(name: string): Failure {
  const shown = name.endsWith(CONFIG_SUFFIX) ? name : `${name}${CONFIG_SUFFIX}`;
  return new Failure("config-not-found", `Configuration not found: ${shown}`, {
    hint: "ask for one of the configs that are listed",
  });
}

function alreadyThere(name: string): Failure {
  return new Failure("config-exists", `there is already a config ${name}`, {
    hint: "remove it first, or give the new one another name",
  });
}

function unusableName(): Failure {
  return new Failure("usage", "this name cannot be a config's", {
    hint: "use at most 200 bytes, no leading dot, no second .conf, and none of / \\ , : or control characters",
  });
}
