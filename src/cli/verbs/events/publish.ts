import { statSync } from "node:fs";
import { EXIT } from "../../../platform/exit-codes.ts";
import { Failure } from "../../../platform/failure.ts";
import { escapeControls } from "../../../platform/plain-text.ts";
import { homeOption, switchOption } from "../../arguments.ts";
import { openControl } from "../../daemon/reach-daemon.ts";
import { say, sayError } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { type LineResult, publishLines } from "./publish-lines.ts";

export const verb = defineVerb({
  name: "events publish",
  summary: "Publish events, each a JSON document",
  details: "Exit code 1 if some were rejected, or not acknowledged within 30 s.",
  examples: ["tail -f fills.jsonl | wpdaemon events publish"],
  args: {
    file: {
      type: "positional",
      valueHint: "file",
      description: "Read this file instead of standard input",
      required: false,
    },
    home: homeOption,
    json: switchOption("Print one JSON document for each event"),
  },
  async run({ args }) {
    const input = args.file === undefined ? Bun.stdin.stream() : openFile(args.file);
    const control = openControl(args);
    // Without a daemon, this fails at once; later, publishing would wait for one.
    await control.identity();
    const { accepted, rejected } = await publishLines(control, input, args.json ? printResults : complain);
    if (!args.json) say(`${accepted} accepted, ${rejected} rejected`);
    if (rejected > 0) process.exitCode = EXIT.failed;
  },
});

function printResults(results: readonly LineResult[]): void {
  say(results.map((result) => JSON.stringify(result)).join("\n"));
}

/** Reports rejected lines. The failure reports those that were lost. */
function complain(results: readonly LineResult[]): void {
  for (const result of results) {
    if ("error" in result) sayError(escapeControls(`line ${result.line}: ${result.error}`));
  }
}

function openFile(path: string): ReadableStream<Uint8Array> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isDirectory()) return Bun.file(path).stream();
  throw new Failure("file-unusable", `${path} ${found === undefined ? "does not exist" : "is a folder"}`, {
    hint: "name a file of JSON documents",
  });
}
