import { describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { acquireLock } from "../../../../src/platform/files/lock.ts";
import { makeNamedPipe } from "../../../../src/platform/libc.ts";
import { identifyProcess, isStillRunning } from "../../../../src/platform/process/process-identity.ts";
import { childRecord } from "../../../rig/child-record.ts";
import { isAlive } from "../../../rig/processes.ts";
import { until } from "../../../rig/until.ts";
import { runCommandLine } from "../../command-line.ts";
import { startStubDaemon, writeRecord } from "../../daemon/stub-daemon.ts";
import { installation } from "../../doctor/circumstances.ts";

describe("a wireproxy whose parent is dead", () => {
  test("a wireproxy whose parent is dead is ended, and an editor that has such words in its arguments is not", async () => {
    using home = installation();
    await using orphan = await startOrphan(home.paths.home);
    const text = `wpdaemon --daemon --home ${home.paths.home} wireproxy -c ${home.paths.configs}/us.conf`;
    await using editor = await startShell([text, ...text.split(" ")]);
    const planned = await clean(home.paths.home, "--dry-run");
    expect(planned.data.processes).toEqual([
      { pid: orphan.pid, category: "tunnel-orphan", outcome: "planned", error: null },
    ]);
    expect(isAlive(orphan.pid)).toBe(true);
    const { code, data } = await clean(home.paths.home);
    expect([code, data.processes]).toEqual([
      0,
      [{ pid: orphan.pid, category: "tunnel-orphan", outcome: "SIGTERM", error: null }],
    ]);
    expect([isAlive(orphan.pid), isAlive(editor.pid)]).toEqual([false, true]);
    expect((await clean(home.paths.home)).data).toEqual({ dryRun: false, processes: [], files: [] });
  });

  test("a wireproxy of another home whose parent is dead is left alone", async () => {
    using home = installation();
    using other = installation();
    await using orphan = await startOrphan(other.paths.home);
    expect((await clean(home.paths.home)).data.processes).toEqual([]);
    expect(isAlive(orphan.pid)).toBe(true);
  });
});

describe("a healthy daemon and its tunnels", () => {
  test("a healthy daemon and its tunnels are left alone, and end with --all, the daemon in order", async () => {
    await using daemon = await startShell([]);
    const stop = () => {
      process.kill(daemon.pid, "SIGTERM");
      return {};
    };
    using stub = startStubDaemon({ daemon: { pid: daemon.pid }, routes: { "POST /v1/stop": stop } });
    await using tunnel = await startOrphan(stub.home);
    writeRecord(stub.paths, {
      state: "running",
      process: identifyProcess(daemon.pid),
      children: [childRecord({ process: tunnel.identity })],
    });
    const state = readFileSync(stub.paths.state, "utf8");
    expect((await clean(stub.home)).data).toEqual({ dryRun: false, processes: [], files: [] });
    expect([isAlive(daemon.pid), isAlive(tunnel.pid)]).toEqual([true, true]);
    expect(readFileSync(stub.paths.state, "utf8")).toBe(state);

    const { code, data } = await clean(stub.home, "--all");
    expect(code).toBe(0);
    expect(data.processes).toEqual([
      { pid: daemon.pid, category: "daemon-current", outcome: "request", error: null },
      { pid: tunnel.pid, category: "tunnel-tracked", outcome: "SIGTERM", error: null },
    ]);
    expect([isAlive(daemon.pid), isAlive(tunnel.pid)]).toEqual([false, false]);
  });
});

test("a tunnel on the record of a dead daemon is ended, and the daemon's socket goes", async () => {
  using stub = startStubDaemon({});
  stub.stop();
  await using tunnel = await startOrphan(stub.home);
  const record = { state: "running", process: { pid: 1, startTime: "another", executable: "/x" } };
  const children = [childRecord({ process: tunnel.identity })];
  writeRecord(stub.paths, { ...record, children });
  writeFileSync(`${stub.paths.state}.corrupt-1`, "{");
  const { data } = await clean(stub.home);
  expect(data.processes).toMatchObject([{ pid: tunnel.pid, outcome: "SIGTERM" }]);
  expect(data.files.map(({ path }) => path)).toContain(`${stub.paths.state}.corrupt-1`);
  expect(existsSync(`${stub.paths.state}.corrupt-1`)).toBe(false);
  expect(existsSync(stub.paths.control)).toBe(false);
  expect(existsSync(stub.paths.state)).toBe(true);
});

test("while somebody holds the lock, a daemon lives: its socket and its tunnels stay", async () => {
  using stub = startStubDaemon({});
  stub.stop();
  await using tunnel = await startOrphan(stub.home);
  writeRecord(stub.paths, { children: [childRecord({ process: tunnel.identity })] });
  writeFileSync(stub.paths.control, "");
  const lock = acquireLock(stub.paths.lock);
  expect((await clean(stub.home)).data).toEqual({ dryRun: false, processes: [], files: [] });
  expect([isAlive(tunnel.pid), existsSync(stub.paths.control)]).toEqual([true, true]);
  lock.release();
});

/** What `doctor clean --json` answers. */
async function clean(home: string, ...options: readonly string[]) {
  const run = await runCommandLine(["doctor", "clean", "--home", home, "--json", ...options], { HOME: home });
  if (run.complaint !== "") throw new Error(run.complaint);
  const { data }: { data: { dryRun: boolean; processes: object[]; files: { path: string }[] } } = JSON.parse(
    run.output,
  );
  return { code: run.code, data };
}

/** A program named wireproxy with a config of `home`, whose parent is dead: any that takes -c, and waits for a pipe. */
async function startOrphan(home: string) {
  const folder = join(home, "wireproxy");
  const silence = join(folder, "silence");
  const program = join(folder, "wireproxy");
  mkdirSync(folder);
  makeNamedPipe(silence);
  copyFileSync(Bun.which("grep") ?? "/usr/bin/grep", program);
  chmodSync(program, 0o755);
  const words = [program, `${home}/wireproxy_confs/us.conf`, silence];
  const parent = Bun.spawn(["sh", "-c", '"$0" -c "$1" "$2" >/dev/null & echo $!', ...words], { stdout: "pipe" });
  const pid = Number(await parent.stdout.text());
  await parent.exited;
  const identity = await until("the program runs", () => {
    const found = identifyProcess(pid);
    return found?.executable.endsWith("/wireproxy") === true && found;
  });
  return {
    pid,
    identity,
    async [Symbol.asyncDispose]() {
      if (isStillRunning(identity)) process.kill(pid, "SIGKILL");
      await until("the orphan is gone", () => !isStillRunning(identity));
    },
  };
}

/** A process with `words` among its arguments that lives until it is signalled. */
async function startShell(words: readonly string[]) {
  const child = Bun.spawn(["sh", "-c", "echo ready; read line", ...words], { stdin: "pipe", stdout: "pipe" });
  await child.stdout.getReader().read();
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
