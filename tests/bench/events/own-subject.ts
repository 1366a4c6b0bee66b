import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { pathsBelow } from "../../../src/platform/files/paths.ts";
import { freePort } from "../../rig/free-port.ts";
import { startProgram } from "../linksocks/program.ts";
import type { Subject } from "./subject.ts";

const answerSchema = v.object({ data: v.object({ accepted: v.number() }) });

/** Our daemon, without tunnels, on a home and ports of its own; published to over its control socket. */
export function ownSubject(executable: string, folder: string): Subject {
  return {
    by: undefined,
    async start() {
      const home = mkdtempSync(join(folder, "events-"));
      const { own, settings, control } = pathsBelow(home);
      const [port, line] = [freePort(), freePort()];
      mkdirSync(own, { mode: 0o700 });
      writeFileSync(settings, `stream: { port: ${port} }\n`, { mode: 0o600 });
      const program = await startProgram([executable, "--daemon", "-p", `${line}`, "--home", home], port, home);
      // At once, and before the folder goes: a daemon that is asked to end writes into it once more.
      const endWithUs = () => process.kill(program.pid, "SIGKILL");
      process.prependOnceListener("exit", endWithUs);
      return {
        ...{ port, dialect: "plain", pid: program.pid },
        async publish(events) {
          const response = await fetch("http://localhost/v1/events", {
            unix: control,
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(events),
          });
          const { accepted } = v.parse(answerSchema, await response.json()).data;
          if (accepted !== events.length) throw new Error(`${accepted} of ${events.length} events were accepted`);
        },
        async [Symbol.asyncDispose]() {
          process.off("exit", endWithUs);
          await program[Symbol.asyncDispose]();
        },
      };
    },
  };
}
