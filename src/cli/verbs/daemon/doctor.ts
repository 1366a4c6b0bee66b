import { EXIT } from "../../../platform/exit-codes.ts";
import { Failure } from "../../../platform/failure.ts";
import { VERSION } from "../../../platform/process/self.ts";
import { daemonOptions, switchOption } from "../../arguments.ts";
import { collectSecrets } from "../../doctor/bundle/collect-secrets.ts";
import { createRedactor } from "../../doctor/bundle/redactor.ts";
import { type Circumstances, gatherCircumstances } from "../../doctor/circumstances.ts";
import type { Diagnosis } from "../../doctor/diagnosis.ts";
import { examine } from "../../doctor/examine.ts";
import { formatReport, listEntries, type ProcessEntry } from "../../doctor/report-text.ts";
import { say } from "../../output/report.ts";
import { openPaint } from "../../output/terminal.ts";
import { defineVerb } from "../../verb.ts";

export const verb = defineVerb({
  name: "doctor",
  summary: "Find out what is wrong, and what to do about it",
  details: "Exit code 1 if there is a problem.",
  examples: ["wpdaemon doctor --bundle wpdaemon.zip"],
  args: {
    bundle: {
      type: "string",
      valueHint: "file",
      description: "Write a zip file for whoever helps you; secrets are removed from it",
    },
    force: switchOption("Replace the bundle's file if it is there"),
    ...daemonOptions,
  },
  async run({ args }) {
    const circumstances = await gatherCircumstances(args);
    const redactor = createRedactor(collectSecrets(circumstances.paths, circumstances.environment));
    const checks = (await examine(circumstances)).map((diagnosis) => redactDiagnosis(diagnosis, redactor.text));
    const processes = listEntries(circumstances.processes).map((entry) => redactProcess(entry, redactor.text));
    if (checks.some(({ severity }) => severity === "problem")) process.exitCode = EXIT.failed;
    const { bundle } = args;
    if (bundle !== undefined) {
      const { writeBundle } = await import("../../doctor/bundle/bundle.ts");
      const documents = gatherDocuments(circumstances, checks, processes);
      await writeBundle(bundle, { paths: circumstances.paths, documents, redactor, force: args.force });
    }
    if (args.json) {
      return say(
        JSON.stringify({ ok: true, data: { checks, processes, ...(bundle === undefined ? {} : { bundle }) } }),
      );
    }
    say(formatReport(checks, processes, openPaint()));
    if (bundle !== undefined) say(`wrote ${bundle}; look through it before you send it to anybody`);
  },
});

function gatherDocuments(
  { daemon: { status }, platform, arch, now }: Circumstances,
  checks: readonly Diagnosis[],
  processes: readonly ProcessEntry[],
) {
  return {
    "report.json": { checks },
    "processes.json": processes,
    "status.json": status instanceof Failure ? { code: status.code, message: status.message } : status,
    "version.json": { version: VERSION, bun: Bun.version, platform, arch, time: new Date(now).toISOString() },
  };
}

function redactDiagnosis(diagnosis: Diagnosis, redact: (text: string) => string): Diagnosis {
  const { message, remedy } = diagnosis;
  return { ...diagnosis, message: redact(message), remedy: remedy === null ? null : redact(remedy) };
}

function redactProcess(entry: ProcessEntry, redact: (text: string) => string): ProcessEntry {
  return { ...entry, evidence: redact(entry.evidence), command: entry.command.map(redact) };
}
