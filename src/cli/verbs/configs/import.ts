import { statSync } from "node:fs";
import { EXIT } from "../../../platform/exit-codes.ts";
import { Failure } from "../../../platform/failure.ts";
import {
  type FolderImport,
  type ImportParts,
  importConfigFile,
  importConfigFolder,
  outcomeOf,
} from "../../../tunnels/config/store/import.ts";
import { importConfigZip, isZip } from "../../../tunnels/config/store/import-zip.ts";
import { commonOptions } from "../../arguments.ts";
import { reportFailure, say } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { sayImported } from "./report.ts";
import { importParts, replaceOption, trustOptions } from "./store.ts";

export const verb = defineVerb({
  name: "config import",
  summary: "Import config files, folders and zip archives",
  several: true,
  details: "Nothing that exists is overwritten without --replace.",
  examples: ["wpdaemon config import us-east.conf provider.zip", "wpdaemon config import --replace us-east.conf"],
  args: {
    path: { type: "positional", valueHint: "file", description: "File, folder or zip archive", required: true },
    name: { type: "string", description: "Name for a single file; its own otherwise" },
    replace: replaceOption,
    ...trustOptions,
    ...commonOptions,
  },
  async run({ args }) {
    const parts = importParts(args);
    if (args._.length > 1 || isZip(args.path)) return await importSeveral(args._, parts, args);
    if (!isFolder(args.path)) {
      const imported = await importConfigFile(args.path, parts, args.name);
      if (args.json) return say(JSON.stringify(imported));
      return await sayImported(imported, "imported");
    }
    const outcomes = await importConfigFolder(args.path, parts);
    await tellOutcomes(outcomes, args.json);
    if (outcomes.some((outcome) => "imported" in outcome)) return;
    throw new Failure("file-unusable", `nothing was imported from ${args.path}`, {
      hint: "name a folder that holds .conf files which are not yet there",
    });
  },
});

/** Each by itself; one that is refused sets the exit code. */
async function importSeveral(
  paths: readonly string[],
  parts: ImportParts,
  { name, json }: { readonly name?: string | undefined; readonly json: boolean },
): Promise<void> {
  if (name !== undefined) throw new Failure("usage", "--name is for a single file");
  const outcomes: FolderImport[] = [];
  for (const path of paths) {
    try {
      outcomes.push(...(await importSource(path, parts)));
    } catch (error) {
      if (!(error instanceof Failure) || paths.length === 1) throw error;
      outcomes.push({ source: path, failure: error });
    }
  }
  await tellOutcomes(outcomes, json);
  if (outcomes.length === 0) throw new Failure("file-unusable", `there is no config in ${paths.join(", ")}`);
}

/** One that is a refusal sets the exit code. */
async function tellOutcomes(outcomes: readonly FolderImport[], json: boolean): Promise<void> {
  if (json) say(JSON.stringify(outcomes.map(describeOutcome)));
  for (const outcome of outcomes) {
    if ("failure" in outcome) process.exitCode = EXIT.failed;
    if (json) continue;
    if ("imported" in outcome) await sayImported(outcome.imported, "imported");
    else await reportFailure(outcome.failure);
  }
}

async function importSource(path: string, parts: ImportParts): Promise<readonly FolderImport[]> {
  if (isZip(path)) return await importConfigZip(path, parts);
  return isFolder(path)
    ? await importConfigFolder(path, parts)
    : [await outcomeOf(path, importConfigFile(path, parts))];
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function describeOutcome(outcome: FolderImport): object {
  if ("imported" in outcome) return { source: outcome.source, ...outcome.imported };
  const { code, message, hint } = outcome.failure;
  return { source: outcome.source, error: { code, message, hint } };
}
