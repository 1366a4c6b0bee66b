import { expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { until } from "../rig/until.ts";

const FILE = join(import.meta.dir, "../../src/cli/serve-in-foreground.ts");

test("where the system refuses to start the program anew, the daemon serves without its runtime's options and says so", async () => {
  using home = temporaryFolder();
  const script = `
    const value = () => { throw Object.assign(new Error("no"), { code: "EPERM" }); };
    Object.defineProperty(process, "execve", { value });
    const { serveInForeground } = await import(${JSON.stringify(FILE)});
    await serveInForeground({ home: ${JSON.stringify(home.path)}, port: 0, ignored: [] });
  `;
  const daemon = Bun.spawn([process.execPath, "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env["PATH"], HOME: home.path, WPDAEMON_STREAM_PORT: "0" },
  });
  let output = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of daemon.stdout) output += decoder.decode(chunk, { stream: true });
  })();
  await until("it serves", () => {
    if (daemon.exitCode !== null) throw new Error(`it ended with ${daemon.exitCode}: ${output}`);
    return output.includes("WireProxy Server listening on") || undefined;
  });
  expect(output).toContain("refuses to start this program anew (EPERM)");
  daemon.kill("SIGTERM");
  expect(await daemon.exited).toBe(0);
  await reading;
});
