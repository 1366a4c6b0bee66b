import { existsSync, openSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { readLastLines } from "../../../api/control/routes/log-tail.ts";
import { Failure, fileUnusable, systemCode } from "../../../platform/failure.ts";
import { PRIVATE_FILE, readTextIfThere, replaceFile, withFile, writeAll } from "../../../platform/files/files.ts";
import type { Paths } from "../../../platform/files/paths.ts";
import { listConfigs } from "../../../tunnels/config/store/listing.ts";
import { listSessionLogs } from "../../../tunnels/driver/session-log.ts";
import { attempt } from "../attempt.ts";
import { redactConfig, redactSettings } from "./redact-config.ts";
import type { Redactor } from "./redactor.ts";

/** Lines of each log. */
const LOG_LINES = 500;
const SESSION_LOGS = 5;

/** Documents that are made for the bundle, by name. */
type Documents = Readonly<Record<string, unknown>>;

/**
 * Writes a zip file for somebody who is to help: documents, settings, state, configs and the ends of the logs, with the
 * secrets removed from every one of them.
 * @throws Failure `file-unusable`: also where the file is there, unless `force`.
 */
export async function writeBundle(path: string, { paths, documents, redactor, force }: BundleParts): Promise<void> {
  if (!force && existsSync(path)) throw isThere(path);
  const files = gatherFiles(paths, documents, redactor);
  // It costs memory that no other command needs.
  const { zipSync } = await import("fflate");
  const encoder = new TextEncoder();
  const entries = Object.fromEntries([...files].map(([name, text]) => [name, encoder.encode(text)] as const));
  write(path, zipSync(entries, { os: UNIX, attrs: PRIVATE_FILE << 16 }), force);
}

interface BundleParts {
  readonly paths: Paths;
  readonly documents: Documents;
  readonly redactor: Redactor;
  /** Replaces a file that is there. */
  readonly force: boolean;
}

/** The zip format's number for it: what is unpacked is the owner's alone too. */
const UNIX = 3;

function gatherFiles(paths: Paths, documents: Documents, redactor: Redactor): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [name, content] of Object.entries(documents)) add(name, () => print(redactor.json(content)));
  add("config.yaml", () => mapText(readTextIfThere(paths.settings), (text) => redactor.text(redactSettings(text))));
  add("state.json", () => mapText(readTextIfThere(paths.state), (text) => redactState(text, redactor)));
  const configs = attempt(() => listConfigs(paths.configs, () => undefined));
  for (const name of configs instanceof Failure ? [] : configs) {
    add(`configs/${name}`, () => redactor.text(redactConfig(readFileSync(join(paths.configs, name), "utf8"))));
  }
  const sessions = newestSessions(paths.logs).map((path) => [`sessions/${basename(path)}`, path] as const);
  for (const [name, path] of [["audit.log", paths.auditLog], ["daemon.log", paths.log], ...sessions] as const) {
    add(name, () => mapText(readLastLines(path, LOG_LINES)?.join("\n"), redactor.text));
  }
  return files;

  /** What cannot be read is explained in its place; what is not there is left out. */
  function add(name: string, read: () => string | undefined): void {
    const text = attempt(read);
    if (text === undefined) return;
    const content = text instanceof Failure ? redactor.text(`cannot be read: ${text.message}\n`) : text;
    files.set(unusedName(name), content);
  }

  /** A name may hold a secret too, and two may be alike without theirs. */
  function unusedName(name: string): string {
    const shown = redactor.text(name);
    let unused = shown;
    for (let number = 2; files.has(unused); number++) unused = `${shown}.${number}`;
    return unused;
  }
}

/** One that cannot be parsed is text like any other. */
function redactState(text: string, redactor: Redactor): string {
  const parsed: unknown = attempt(() => JSON.parse(text));
  return parsed instanceof Failure ? redactor.text(text) : print(redactor.json(parsed));
}

function newestSessions(folder: string): readonly string[] {
  return [...listSessionLogs(folder)]
    .sort((one, other) => other.seconds - one.seconds)
    .slice(0, SESSION_LOGS)
    .map(({ path }) => path);
}

function mapText(text: string | undefined, change: (text: string) => string): string | undefined {
  return text === undefined ? undefined : change(text);
}

function print(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function isThere(path: string): Failure {
  return new Failure("file-unusable", `${path} is there already`, {
    hint: "choose another name, or replace it with --force",
  });
}

function write(path: string, bytes: Uint8Array, force: boolean): void {
  try {
    if (force) replaceFile(path, bytes);
    else withFile(openSync(path, "wx", PRIVATE_FILE), (file) => writeAll(file, bytes));
  } catch (error) {
    if (systemCode(error) === "EEXIST") throw isThere(path);
    throw fileUnusable(error, `cannot write ${path}`, "its folder must exist and be writable");
  }
}
