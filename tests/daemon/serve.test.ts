import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../rig/temporary-folder.ts";

const SERVE = join(import.meta.dir, "../../src/daemon/serve.ts");

test.each([
  ["exception", "setTimeout(() => { throw new Error('a defect'); }, 1)"],
  ["rejection", "Promise.reject(new Error('a defect'))"],
])("a fault of our own, an %s, ends the daemon with 70 and is on record", async (reason, fault) => {
  using folder = temporaryFolder();
  const script = `
    const { serve } = await import(${JSON.stringify(SERVE)});
    await serve({
      home: ${JSON.stringify(folder.path)}, port: 0, environment: { WPDAEMON_WIREPROXY: "/bin/true" }, version: "0.0.0",
      reason: "cli-start", say() {}, onDownload() {},
    });
    ${fault};`;
  const daemon = Bun.spawn([process.execPath, "-e", script], { stdio: ["ignore", "ignore", "inherit"] });
  expect(await daemon.exited).toBe(70);
  const state = JSON.parse(readFileSync(join(folder.path, "wpdaemon/state.json"), "utf8"));
  expect(state).toMatchObject({
    state: "crashed",
    stateReason: reason,
    stateDetail: expect.stringContaining("a defect"),
    exitCode: 70,
  });
  expect(state).not.toHaveProperty("pid");
});
