// Stands in for the daemon: answers on the control socket of --home, at first that it is still starting.

import { pathsBelow } from "../../../src/platform/files/paths.ts";

const words = process.argv.slice(2);
const home = words[words.indexOf("--home") + 1] ?? "";
let asked = 0;
process.stdout.write("fake daemon\n");
Bun.serve({
  unix: pathsBelow(home).control,
  fetch() {
    asked += 1;
    const identity = {
      pid: process.pid,
      instanceId: "fake",
      version: words.join(" "),
      state: asked < 3 ? "starting" : "running",
      startedAt: "2026-01-02T03:04:05.000Z",
    };
    return Response.json({ ok: true, data: identity });
  },
});
