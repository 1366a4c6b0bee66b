// A process that stops at a signal; its argument says how: `cleanly`, or never where it is `hanging`.

import { stopAtSignal } from "../../../src/cli/linksocks/run-role.ts";
import { say } from "../../../src/cli/output/report.ts";

const isHanging = process.argv[2] === "hanging";
using stopping = stopAtSignal(
  () => (isHanging ? new Promise(() => undefined) : Promise.resolve()),
  (level, text) => say(`${level} ${text}`),
);
const alive = setInterval(() => undefined, 60_000);
say("ready");
await stopping.stopped;
clearInterval(alive);
say("stopped");
