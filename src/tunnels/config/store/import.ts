import { linkSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Environment } from "../../../platform/environment.ts";
import { attemptOr, explainRefusal, Failure, fileUnusable, isDiskFull, systemCode } from "../../../platform/failure.ts";
import {
  isTaken,
  makePrivateFolder,
  removeIfPossible,
  replaceFile,
  syncFolder,
} from "../../../platform/files/files.ts";
import { ARGUS_SOCKS_PORT } from "../check.ts";
import { foldCase, parseIni } from "../dialect/ini.ts";
import { assertStartable, describeFinding, type Finding } from "../finding.ts";
import type { TunnelConfig } from "../tunnel-config.ts";
import { MOST_CONFIG_BYTES, readConfigBytes, readTextOrUndefined } from "./config-file.ts";
import { isConfigFileName, nameAfter, normalizeConfigName } from "./names.ts";
import { type ReadBeside, readSourceText, type Translation } from "./source-text.ts";
import { assertTrusted, type Trust } from "./trust.ts";

export interface ImportedConfig {
  readonly name: string;
  readonly path: string;
  /** It took the place of a config of that name. */
  readonly replaced: boolean;
  /** A `[Socks5]` section was appended. */
  readonly socks5Added: boolean;
  /** What was written in other words, for the config to work here, one sentence each. */
  readonly changes: readonly string[];
  readonly warnings: readonly Finding[];
}

export type FolderImport =
  | { readonly source: string; readonly imported: ImportedConfig }
  | { readonly source: string; readonly failure: Failure };

export interface ImportParts {
  /** Absolute path of the folder of configs, which is created where it is missing. */
  readonly folder: string;
  /** Reads and checks a text as the config at `path`, where there is no file yet. @throws Failure `config-invalid`. */
  readonly check: (text: string, path: string) => Promise<Pick<TunnelConfig, "listensHere" | "findings">>;
  /** Puts what other programs take into words that work here. @throws Failure `config-invalid`. */
  readonly translate: (text: string, file: string, readBeside?: ReadBeside) => Promise<Translation>;
  readonly environment: Environment;
  /** What a config may do although somebody else has written it. */
  readonly trust: Trust;
  /** Whether it may take the place of a config that has its name. */
  readonly replace: boolean;
}

/**
 * Imports every config of a folder; a config that is refused does not stop the others.
 * @throws Failure `file-unusable` where the folder cannot be read.
 */
export async function importConfigFolder(source: string, parts: ImportParts): Promise<readonly FolderImport[]> {
  const outcomes: FolderImport[] = [];
  for (const path of listFilesToImport(source)) outcomes.push(await outcomeOf(path, importConfigFile(path, parts)));
  return outcomes;
}

/** Links are followed; a name that is not UTF-8 is that of no file, which its import then says. */
function listFilesToImport(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => /^[^.]./.test(name) && isConfigFileName(name));
    return names
      .map((name) => join(folder, name))
      .filter((path) => attemptOr(true, () => statSync(path).isFile()))
      .sort();
  } catch (error) {
    throw fileUnusable(error, `cannot read ${folder}`, "make it a folder that you may read");
  }
}

/**
 * Copies a file into the folder of configs, under its own name or `name`.
 * @throws Failure as `addConfig`.
 */
export async function importConfigFile(source: string, parts: ImportParts, name = nameAfter(basename(source))) {
  return await addConfig(name, readConfigBytes(source).bytes, parts, (path) =>
    readTextOrUndefined(join(dirname(source), path)),
  );
}

/**
 * Makes a config of a file's bytes, with the SOCKS5 listener that Argus dials where it has none: one whose heading is commented
 * out is none, and a config that does not listen on this machine needs none.
 * @throws Failure `file-unusable`, `usage` (the name), `config-exists`, `config-invalid`; nothing is written then.
 */
export async function addConfig(
  name: string,
  bytes: Uint8Array,
  parts: ImportParts,
  readBeside?: ReadBeside,
): Promise<ImportedConfig> {
  const { folder, check } = parts;
  const normal = normalizeConfigName(name);
  if (normal === undefined) {
    throw new Failure("usage", "this name cannot be a config's", {
      hint: "use at most 200 bytes, no leading dot, no second .conf, and none of / \\ , : or control characters",
    });
  }
  const path = join(folder, normal);
  const replaced = isTaken(path);
  if (replaced && !parts.replace) throw alreadyThere(normal);
  assertSize(bytes, normal);
  const source = readSourceText(bytes, normal);
  const translation = await parts.translate(source.text, normal, readBeside);
  const { text } = translation;
  assertTrusted(text, path, parts);
  const asGiven = await check(text, path);
  const socks5Added = asGiven.listensHere && !hasSocks5(text, normal);
  const whole = socks5Added ? appendSocks5(text) : text;
  assertSize(whole, normal);
  const { findings } = socks5Added ? await check(whole, path) : asGiven;
  assertImportable(findings);
  if (replaced) replaceConfig(path, whole);
  else writeNew(path, whole, folder);
  return {
    name: normal,
    path,
    replaced,
    socks5Added,
    changes: describeChanges([...source.changes, ...translation.changes], normal),
    warnings: findings,
  };
}

/** More than a person reads of what was changed. */
const MOST_CHANGES = 200;

/** Each by its line, as far as anybody reads them. */
function describeChanges(changes: Translation["changes"], name: string): readonly string[] {
  const told = changes.slice(0, MOST_CHANGES).map(({ line, message }) => `${name}:${line}: ${message}`);
  return changes.length > MOST_CHANGES ? [...told, `${name}: and ${changes.length - MOST_CHANGES} more`] : told;
}

/** What came of an import, of which a refusal is one outcome. */
export async function outcomeOf(source: string, importing: Promise<ImportedConfig>): Promise<FolderImport> {
  try {
    return { source, imported: await importing };
  } catch (error) {
    if (error instanceof Failure) return { source, failure: error };
    throw error;
  }
}

/** As `assertStartable`, and it names every finding: what is refused here cannot be checked again by its name. */
function assertImportable(findings: readonly Finding[]): void {
  if (findings.length <= 1) {
    assertStartable(findings);
    return;
  }
  if (!findings.some(({ severity }) => severity === "error")) return;
  const { error = [], warning = [] } = Object.groupBy(findings, ({ severity }) => severity);
  const told = [...error.map(describeFinding), ...warning.map((finding) => `warning: ${describeFinding(finding)}`)];
  const more = told.length > MOST_TOLD ? [`and ${told.length - MOST_TOLD} more`] : [];
  throw new Failure("config-invalid", [...told.slice(0, MOST_TOLD), ...more].join("\n"));
}

const MOST_TOLD = 20;

function assertSize(content: string | Uint8Array, name: string): void {
  if (Buffer.byteLength(content) > MOST_CONFIG_BYTES) throw largerThan1MiB(name);
}

export function largerThan1MiB(name: string): Failure {
  return new Failure("file-unusable", `${name} is larger than 1 MiB`, { hint: "no config needs as much" });
}

function hasSocks5(text: string, file: string): boolean {
  return parseIni(text, file).some(({ name }) => foldCase(name) === "socks5");
}

function appendSocks5(text: string): string {
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const end = text === "" || text.endsWith("\n") ? "" : newline;
  const section = ["", "[Socks5]", `BindAddress = 127.0.0.1:${ARGUS_SOCKS_PORT}`, ""].join(newline);
  return `${text}${end}${section}`;
}

/** Writes the whole file or nothing, and never over a file that was created meanwhile. */
function writeNew(path: string, text: string, folder: string): void {
  const draft = join(folder, `.import-${process.pid}-${crypto.randomUUID()}`);
  try {
    makePrivateFolder(folder);
    replaceFile(draft, text);
    linkSync(draft, path);
  } catch (error) {
    if (systemCode(error) === "EEXIST" && isTaken(path)) throw alreadyThere(basename(path));
    throw fileUnusable(error, `cannot write ${path}`, adviseOn(error));
  } finally {
    removeIfPossible(draft);
  }
  syncFolder(folder);
}

/**
 * Puts a content into the place of a config, whole and for its owner alone; where it is a link, into the place of what that leads to.
 * @throws Failure `file-unusable`; the former content is then untouched.
 */
export function replaceConfig(path: string, content: string | Uint8Array): void {
  try {
    replaceFile(realpathSync(path), content);
  } catch (error) {
    throw fileUnusable(error, `cannot write ${path}`, adviseOn(error));
  }
}

function adviseOn(error: unknown): string {
  if (isDiskFull(error)) return "make room on its disk";
  const hint = ["EROFS", "ENOTDIR", "EEXIST"].includes(systemCode(error) ?? "") && explainRefusal(error)?.hint;
  return hint || "make its folder one that you may write to";
}

function alreadyThere(name: string): Failure {
  return new Failure("config-exists", `there is already a config ${name}`, {
    hint: "put the new one into its place with config import --replace, or give it another name",
  });
}
