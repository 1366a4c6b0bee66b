import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { placeSeparator } from "../../../../src/cli/verbs/tunnels/run.ts";
import { RUNTIME_OPTIONS } from "../../../../src/platform/process/runtime-options.ts";
import { US_EAST } from "../../../rig/tunnel-entry.ts";
import { runCommandLine } from "../../command-line.ts";
import { IDLE, type StubDaemon, startStubDaemon } from "../../daemon/stub-daemon.ts";

test.each([
  ["--via us -- curl -v", "--via us -- curl -v"],
  ["--via us curl -v", "--via us -- curl -v"],
  ["--via=us curl --via eu", "--via=us -- curl --via eu"],
  ["-p 1 --home /h --via us x -- y", "-p 1 --home /h --via us -- x -- y"],
  ["--via us -x curl", "--via us -x -- curl"],
  ["--via us", "--via us"],
  ["--via", "--via"],
  ["--help", "--help"],
])("the command of `run` begins where it should in: %s", (typed, arranged) => {
  expect(placeSeparator(typed.split(" ")).join(" ")).toBe(arranged);
});

test("the command gets its words, the tunnel in its environment, and nothing of the daemon's runtime", async () => {
  using stub = startCarrying();
  const script = 'echo "$0|$*|$ALL_PROXY|$WPDAEMON_TUNNEL|$MINE|$BUN_JSC_useDFGJIT"';
  const run = await call(stub, ["sh", "-c", script, "zero", "--json", "--help"], { ...RUNTIME_OPTIONS, MINE: "kept" });
  expect(run).toEqual({
    code: 0,
    output: "zero|--json --help|socks5h://127.0.0.1:25344|us-east|kept|\n",
    complaint: "",
  });
});

test("the command is the very process that was started, and is registered as that", async () => {
  using stub = startCarrying();
  const { output } = await call(stub, ["sh", "-c", "echo $$"]);
  expect(stub.requests.map(([route]) => route)).toEqual([
    "GET /v1/identity",
    "POST /v1/tunnels/us-east/up",
    "POST /session-started",
  ]);
  expect(stub.requests[2]?.[1]).toEqual({
    sessionId: expect.stringMatching(/^[\da-f-]{36}$/),
    metadata: { hostPid: Number(output), via: "us-east", command: "sh" },
  });
});

test("a registration that is refused does not keep the command from running", async () => {
  using stub = startStubDaemon({ routes: { "POST /v1/tunnels/us-east/up": () => US_EAST } });
  writeConfig(stub.home, "");
  expect((await call(stub, ["echo", "hi"])).output).toBe("hi\n");
});

test.each([
  ["exit 7", 7],
  ["kill -TERM $$", 143],
  ["kill -INT $$", 130],
  // A pipe that is closed must end the command as it would without us.
  ["kill -PIPE $$", 141],
])("`run` exits as its command does: %s", async (script, code) => {
  using stub = startCarrying();
  expect((await call(stub, ["sh", "-c", script])).code).toBe(code);
});

test("a signal reaches the command of `run` once", async () => {
  using stub = startCarrying();
  // A signal may end a read before its line has come.
  const script = "trap 'echo got it' USR1; echo ready; until read line; do :; done; echo over";
  const words = ["run", "--via", "us-east", "--home", stub.home, "--", "sh", "-c", script];
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "../../../../src/main.ts"), ...words], {
    stdin: "pipe",
    stdout: "pipe",
  });
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  expect((await lines.read()).value).toBe("ready\n");
  child.kill("SIGUSR1");
  child.stdin.write("go on\n");
  await child.stdin.end();
  let rest = "";
  for (let part = await lines.read(); !part.done; part = await lines.read()) rest += part.value;
  expect(rest).toBe("got it\nover\n");
  expect(await child.exited).toBe(0);
});

test.each([
  [["wpdaemon-test-no-such-command"], 127, "no such command"],
  [[import.meta.dir], 126, "cannot be executed"],
])("`run` exits as a shell does for a command that cannot be run: %j", async (command, code, words) => {
  using stub = startCarrying();
  const run = await call(stub, command);
  expect([run.code, run.output]).toEqual([code, ""]);
  expect(run.complaint).toContain(words);
  expect(stub.requests).toEqual([]);
});

test("a tunnel without SOCKS5 listener, no tunnel, and no command are refused", async () => {
  using stub = startStubDaemon({ routes: { "POST /v1/tunnels/us-east/up": () => ({ ...IDLE, name: "us-east" }) } });
  expect(await call(stub, ["true"])).toMatchObject({
    code: 1,
    complaint: expect.stringContaining("us-east has no SOCKS5 listener"),
  });
  expect((await runCommandLine(["run", "true"])).code).toBe(2);
  expect((await runCommandLine(["run", "--via", "us-east"])).code).toBe(2);
  expect((await runCommandLine(["run", "--help"])).output).toContain("wpdaemon run --via us-east -- curl");
});

test.each([
  [["ls", "-l", "--via", "us-east"], "wpdaemon run --via us-east -- ls -l"],
  [["--", "echo", "a b"], "wpdaemon run --via TUNNEL -- echo 'a b'"],
  [[], "wpdaemon run --via TUNNEL -- COMMAND"],
])("a call without a tunnel before the command is answered with the one that works: %j", async (words, call) => {
  const { code, complaint } = await runCommandLine(["run", ...words]);
  expect(code).toBe(2);
  expect(complaint).toBe(`wpdaemon: run needs --via TUNNEL, before the command\n  → ${call}\n`);
});

test("the help of `run` says where its options stand, and who goes out directly", async () => {
  const help = (await runCommandLine(["run", "--help"])).output.replace(/\s+/g, " ");
  expect(help).toContain("Options of run come first");
  expect(help).toContain("A program that heeds none of them goes out directly");
});

test("the user name and password of the tunnel's SOCKS5 listener are in the URLs, and told to nobody else", async () => {
  using stub = startCarrying("[Socks5]\nBindAddress = 127.0.0.1:25344\nUsername = me:x\nPassword = `p@/#%`\n");
  const { output } = await call(stub, ["sh", "-c", 'echo "$ALL_PROXY $http_proxy $WIREPROXY_BIND_ADDRESS"']);
  const url = "socks5h://me%3Ax:p%40%2F%23%25@127.0.0.1:25344";
  expect(output).toBe(`${url} ${url} 127.0.0.1:25344\n`);
  expect(JSON.stringify(stub.requests)).not.toContain("p@");
});

test("a password that only the daemon's environment holds keeps the command from running without it", async () => {
  using stub = startCarrying("[Socks5]\nBindAddress = 127.0.0.1:25344\nUsername = me\nPassword = $OURS\n");
  const refused = await call(stub, ["echo", "ran"]);
  expect([refused.code, refused.output]).toEqual([1, ""]);
  expect(refused.complaint).toContain("cannot be known here: us-east.conf:4: Password names an environment variable");
  const allowed = await call(stub, ["sh", "-c", "echo $ALL_PROXY"], { OURS: "p" });
  expect(allowed.output).toBe("socks5h://me:p@127.0.0.1:25344\n");
});

test("a user name of another listener that only the daemon knows keeps no command from running", async () => {
  const other = "[http]\nBindAddress = 127.0.0.1:25345\nUsername = $OURS\nPassword = $OURS\n";
  using stub = startCarrying(`[Socks5]\nBindAddress = 127.0.0.1:25344\nUsername = me\nPassword = p\n${other}`);
  const { output } = await call(stub, ["sh", "-c", "echo $ALL_PROXY"]);
  expect(output).toBe("socks5h://me:p@127.0.0.1:25344\n");
});

/** @param config the text of the tunnel's config. */
function startCarrying(config = "[Socks5]\nBindAddress = 127.0.0.1:25344\n"): StubDaemon {
  const stub = startStubDaemon({
    routes: { "POST /v1/tunnels/us-east/up": () => US_EAST, "POST /session-started": () => ({ status: "ok" }) },
  });
  writeConfig(stub.home, config);
  return stub;
}

function writeConfig(home: string, text: string): void {
  mkdirSync(join(home, "wireproxy_confs"), { recursive: true });
  writeFileSync(join(home, "wireproxy_confs/us-east.conf"), text);
}

function call(stub: StubDaemon, command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return runCommandLine(["run", "--via", "us-east", "--home", stub.home, "--", ...command], environment);
}
