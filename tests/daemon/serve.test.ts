import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../rig/free-port.ts";
import { ask } from "../rig/line-client.ts";
import { isAlive } from "../rig/processes.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { until } from "../rig/until.ts";
import { sampleConfig } from "../tunnels/wireproxy/config/sample-config.ts";

const SERVE = join(import.meta.dir, "../../src/daemon/serve.ts");

test("an exception that nothing has contained ends the daemon with 70 and is on record", async () => {
  using rig = startServing("setTimeout(() => { throw new Error('a defect'); }, 1);");
  expect(await rig.daemon.exited).toBe(70);
  const state = rig.state();
  expect(state).toMatchObject({
    state: "crashed",
    stateReason: "exception",
    stateDetail: expect.stringContaining("a defect"),
    exitCode: 70,
    ends: [{ at: expect.any(String), config: null, detail: expect.stringContaining("a defect") }],
  });
  expect(state).not.toHaveProperty("pid");
});

test("an exception in what a tunnel's driver has begun is on record as that tunnel's", async () => {
  const lastResort = JSON.stringify(join(import.meta.dir, "../../src/daemon/last-resort.ts"));
  using rig = startServing(`
    const { workFor } = await import(${lastResort});
    workFor("us.conf", () => setTimeout(() => { throw new Error('a defect'); }, 1));`);
  expect(await rig.daemon.exited).toBe(70);
  expect(rig.state().ends).toEqual([
    { at: expect.any(String), config: "us.conf", detail: expect.stringContaining("a defect") },
  ]);
});

test("a rejection that nobody handles is told, and the daemon goes on", async () => {
  using rig = startServing("Promise.reject(new Error('a defect'));");
  const port = await rig.serves();
  await until("the fault is told", () => rig.audit().includes("[ERROR] [fault] unknown: a defect"));
  expect(rig.said()).toContain("Error: a defect");
  expect((await ask(port, "state:")).error).toBeNull();
  rig.daemon.kill("SIGTERM");
  expect(await rig.daemon.exited).toBe(0);
  expect(rig.state().ends).toEqual([]);
});

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "%s stops the daemon in order, which ends with 0",
  async (signal) => {
    using rig = startServing();
    await rig.serves();
    rig.daemon.kill(signal);
    expect(await rig.daemon.exited).toBe(0);
    expect(rig.state()).toMatchObject({ state: "stopped", stateReason: `signal-${signal}`, exitCode: 0 });
    expect(rig.said()).toContain(`Received ${signal}, shutting down...`);
  },
);

test("a second signal ends what will not stop, and the daemon with 1 at once", async () => {
  using rig = startServing("", STUBBORN);
  const port = await rig.serves();
  // It never listens, and so is never ready.
  const starting = ask(port, "spin_up:us").catch(() => undefined);
  const pid = await until(
    "the process runs",
    async () => Number((await ask(port, "state:")).result?.["pid"]) || undefined,
  );
  expect(isAlive(pid)).toBe(true);
  rig.daemon.kill("SIGTERM");
  await until("the first signal is told", () => rig.said().includes("Received SIGTERM"));
  rig.daemon.kill("SIGINT");
  expect(await rig.daemon.exited).toBe(1);
  await until("the process has ended", () => !isAlive(pid));
  await starting;
});

test("a daemon that is asked to stop while it starts, and cannot start, is told as one that could not start", async () => {
  // Has the port, and says nothing when the start asks who it is.
  const asked = Promise.withResolvers<void>();
  const holder = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { open: () => asked.resolve(), data() {} } });
  using rig = startServing("", undefined, holder.port);
  await asked.promise;
  rig.daemon.kill("SIGTERM");
  await until("the signal is told", () => rig.said().includes("Received SIGTERM"));
  holder.stop(true);
  expect(await rig.daemon.exited).toBe(71);
  expect(rig.said()).not.toContain("stopping failed");
  expect(rig.said()).toContain("cannot start: address-in-use");
});

test("SIGUSR1 tells of the daemon in the audit log, and the daemon goes on", async () => {
  using rig = startServing();
  const port = await rig.serves();
  await ask(port, "state:");
  rig.daemon.kill("SIGUSR1");
  await until("it tells", () => rig.audit().includes("diagnostics: "));
  expect((await ask(port, "state:")).error).toBeNull();
  rig.daemon.kill("SIGTERM");
  expect(await rig.daemon.exited).toBe(0);
});

/** A program in wireproxy's place that does not heed SIGTERM. */
const STUBBORN = "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.05; done\n";

/** A daemon that serves from source, in a process of its own. */
function startServing(more = "", program = "#!/bin/sh\n", port = 0) {
  const folder = temporaryFolder();
  const path = join(folder.path, "program");
  writeFileSync(path, program, { mode: 0o755 });
  mkdirSync(join(folder.path, "wireproxy_confs"), { mode: 0o700 });
  const config = sampleConfig({ rest: `[Socks5]\nBindAddress = 127.0.0.1:${freePort()}` });
  writeFileSync(join(folder.path, "wireproxy_confs/us.conf"), config, { mode: 0o600 });
  const script = `
    const { serve } = await import(${JSON.stringify(SERVE)});
    const environment = { WPDAEMON_WIREPROXY: ${JSON.stringify(path)}, WPDAEMON_STREAM_PORT: "0" };
    await serve({
      home: ${JSON.stringify(folder.path)}, port: ${port}, environment, version: "0.0.0", reason: "cli-start",
      say: console.log, onDownload() {},
    }).catch(async ({ code }) => {
      console.log("cannot start: " + code);
      await new Promise((resolve) => setImmediate(resolve));
      process.exit(71);
    });
    ${more}`;
  const output = join(folder.path, "output");
  const daemon = Bun.spawn([process.execPath, "-e", script], {
    stdio: ["ignore", Bun.file(output), "inherit"],
  });
  const said = () => (existsSync(output) ? readFileSync(output, "utf8") : "");
  return {
    daemon,
    said,
    /** Resolves with its port. */
    serves: () => until("it serves", () => Number(/listening on 127\.0\.0\.1:(\d+)/.exec(said())?.[1]) || undefined),
    audit: () => readFileSync(join(folder.path, "wp-server-logs/audit.log"), "utf8"),
    state: () => JSON.parse(readFileSync(join(folder.path, "wpdaemon/state.json"), "utf8")),
    [Symbol.dispose]() {
      daemon.kill("SIGKILL");
      folder[Symbol.dispose]();
    },
  };
}
