import { join } from "node:path";
import { type OpenEndpoints, openEndpoints } from "../../../daemon/parts/open-endpoints.ts";
import { checkConfigFile, settingsOf } from "../../../endpoints/config/config-file.ts";
import { writeApiKey } from "../../../endpoints/config/write-api-key.ts";
import { connectStream, createMailbox } from "../../../net/byte-stream.ts";
import type { Audit } from "../../../platform/audit.ts";
import { letGo } from "../../../platform/containment.ts";
import { EXIT } from "../../../platform/exit-codes.ts";
import { describeError, Failure } from "../../../platform/failure.ts";
import { makePrivateFolder } from "../../../platform/files/files.ts";
import { acquireLock } from "../../../platform/files/lock.ts";
import { VERSION } from "../../../platform/process/self.ts";
import { handleSignal } from "../../../platform/process/signals.ts";
import { notifyService } from "../../../platform/service/notify.ts";
import { reportFailure, sayIfPossible } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";

/** For the target of a static endpoint, in milliseconds. */
const CONNECT_MS = 10_000;

export const verb = defineVerb({
  name: "ngrokd",
  summary: "Serve endpoints in place of ngrokd, with its configuration file",
  details:
    "It stays in the foreground until SIGTERM or SIGINT; SIGHUP reads the file anew. ngrokctl asks it as it asks ngrokd.",
  examples: ["wpdaemon ngrokd --config /etc/ngrokd/config.yml"],
  args: {
    config: {
      type: "string",
      valueHint: "file",
      description: "Its configuration (/etc/ngrokd/config.yml)",
      default: "/etc/ngrokd/config.yml",
    },
    v: { type: "boolean", description: "Also say what has become of each endpoint", default: false },
  },
  // As Go's flags may be written.
  arrange: (words) => words.map((word) => word.replace(/^-(?=(?:config|v)(?:=|$))/, "--")),
  async run({ args }) {
    try {
      await serve(args.config, args.v);
    } catch (error) {
      await reportFailure(error);
      process.exitCode = EXIT.failed;
    }
  },
});

/** Resolves once it has ended in an orderly way. */
async function serve(file: string, isTalkative: boolean): Promise<void> {
  const read = () => checkConfigFile(file, process.env);
  const { stateFolder } = settingsOf(read(), file);
  makePrivateFolder(stateFolder);
  const lock = acquireLock(join(stateFolder, "lock"));
  const ended = Promise.withResolvers<void>();
  const audit: Audit = (category, message) => {
    if (category !== "STATE" || isTalkative) sayIfPossible(`${category} ${message.replace("[endpoints] ", "")}`);
  };
  let open: OpenEndpoints | undefined;
  let isEnding = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) handleSignal(signal, end);
  try {
    open = await openEndpoints({
      file,
      read,
      saveApiKey: (key) => writeApiKey(file, ["api", "key"], key),
      async dial(target, via) {
        if (via === undefined) return await connectStream(target, createMailbox(), CONNECT_MS);
        throw new Failure("not-running", `the tunnel ${via} cannot carry this: only the daemon has tunnels`, {
          hint: "write the endpoint into the section endpoints of config.yaml",
        });
      },
      inherited: [],
      audit,
      onChange: () => undefined,
      now: Date.now,
      version: VERSION,
      shutDown: end,
    });
    handleSignal("SIGHUP", () => letGo("endpoints", open?.reload().catch(() => undefined) ?? Promise.resolve()));
    const { endpoints, socket } = open.describe();
    sayIfPossible(`wpdaemon ${VERSION} serves ${endpoints.length} endpoints; ngrokctl is answered on ${socket}`);
    notifyService(`READY=1\nMAINPID=${process.pid}\nSTATUS=serving endpoints`, process.env);
    await ended.promise;
  } finally {
    lock.release();
  }
  process.exit(EXIT.done);

  /** The second time it does not wait for connections to end. */
  function end(): void {
    if (isEnding) {
      open?.cut();
      return;
    }
    isEnding = true;
    notifyService("STOPPING=1", process.env);
    if (open === undefined) process.exit(EXIT.done);
    open.stop().then(ended.resolve, (error) => {
      sayIfPossible(`ending failed: ${describeError(error)}`);
      ended.resolve();
    });
  }
}
