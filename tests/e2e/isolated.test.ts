import { afterAll, beforeAll, expect, test } from "bun:test";
import { callWpdaemon } from "../rig/command-line.ts";
import { EXECUTABLE, type TestDaemon } from "../rig/daemon-process.ts";
import { openTunnelScene, PAGE } from "../rig/tunnel-scene.ts";

// A network of its own without root, which not every machine gives.
const FLAGS = ["--user", "--map-current-user", "--keep-caps", "--net", "--mount"];
const mayIsolate =
  process.platform === "linux" &&
  (Bun.which("unshare") ? Bun.spawnSync(["unshare", ...FLAGS, "true"]).exitCode === 0 : false);

const { makeConfig, pageUrl, start } = openTunnelScene();
let daemon: TestDaemon;
let outside: Bun.Server<undefined>;
beforeAll(async () => {
  daemon = await start();
  daemon.writeConfig("us-east.conf", makeConfig({ client: 0 }).text);
  outside = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("leaked") });
});
afterAll(async () => {
  await outside.stop(true);
  await daemon[Symbol.asyncDispose]();
});

const isolated = (...command: readonly string[]) =>
  callWpdaemon(daemon.home, ["run", "--via", "us-east", "--isolated", "--", ...command]);

test.skipIf(!mayIsolate)(
  "an isolated command comes through the tunnel by HTTP and by SOCKS5, with its answer whole",
  async () => {
    expect(await isolated("curl", "-sS", "-m", "20", pageUrl())).toEqual({ code: 0, output: PAGE, complaint: "" });
    const script = 'curl -sS -m 20 --socks5-hostname "$WIREPROXY_BIND_ADDRESS" "$0"';
    expect((await isolated("sh", "-c", script, pageUrl())).output).toBe(PAGE);
  },
);

test.skipIf(!mayIsolate)(
  "an isolated command that heeds no proxy reaches nothing, not even this machine, and resolves no name",
  async () => {
    const direct = ["curl", "-sS", "-m", "20", "--noproxy", "*"];
    for (const url of [outside.url.href, "http://192.0.2.1/", "http://localhost:9/"]) {
      const { code, output } = await isolated(...direct, url);
      expect([code === 0, output]).toEqual([false, ""]);
    }
    expect((await isolated("getent", "ahosts", "example.com")).code).not.toBe(0);
  },
);

test.skipIf(!mayIsolate)(
  "an isolated command ends as it would by itself, with nothing of ours in its environment, and nothing left behind",
  async () => {
    expect((await isolated("sh", "-c", "exit 7")).code).toBe(7);
    expect((await isolated("sh", "-c", "kill -TERM $$")).code).toBe(143);
    expect((await isolated("sh", "-c", "env; echo $0", "zero")).output).not.toMatch(/ISOLATION|BUN_/);
    expect((await isolated("wpdaemon-test-no-such-command")).code).toBe(127);
    const { output } = await isolated("sh", "-c", "ls -d /tmp/wpdaemon-isolated-*");
    expect(await Bun.file(output.trim()).exists()).toBe(false);
  },
);

test.skipIf(!mayIsolate)("a signal to `run` reaches the isolated command", async () => {
  const child = Bun.spawn(
    [
      EXECUTABLE,
      "run",
      "--via",
      "us-east",
      "--isolated",
      "--",
      "sh",
      "-c",
      "trap 'echo got it; exit 3' TERM; echo ready; while :; do sleep 0.1; done",
    ],
    {
      env: {
        PATH: process.env["PATH"],
        HOME: daemon.home,
        ARGUS_HOME: daemon.home,
        WPDAEMON_PORT: String(daemon.port),
      },
      stdout: "pipe",
    },
  );
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  expect((await lines.read()).value).toBe("ready\n");
  child.kill("SIGTERM");
  expect((await lines.read()).value).toBe("got it\n");
  expect(await child.exited).toBe(3);
});

test("where no network of its own is given, an isolated command does not run, and the reason is said", async () => {
  const { code, output, complaint } = await callWpdaemon(
    daemon.home,
    ["run", "--via", "us-east", "--isolated", "--", "/bin/echo", "out"],
    { PATH: "/nowhere" },
  );
  expect([code, output]).toEqual([1, ""]);
  expect(complaint).toContain(process.platform === "linux" ? "there is no unshare" : "only Linux gives");
});
