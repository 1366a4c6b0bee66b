import { expect, test } from "bun:test";
import { describePlist } from "../../src/platform/service/launchd.ts";
import type { Service } from "../../src/platform/service/service.ts";
import { exampleService } from "../platform/service/example.ts";

test("an agent runs the command at login, and again when it fails", () => {
  const service = exampleService();
  expect(read(service)).toEqual({
    Label: "io.wpdaemon",
    ProgramArguments: service.command,
    EnvironmentVariables: service.environment,
    WorkingDirectory: "/",
    RunAtLoad: true,
    KeepAlive: { SuccessfulExit: false },
    AbandonProcessGroup: true,
    ProcessType: "Background",
    ExitTimeOut: 10,
    StandardOutPath: service.log,
    StandardErrorPath: service.log,
    Umask: 63,
    SoftResourceLimits: { NumberOfFiles: 65_536 },
  });
});

test("a daemon of the machine runs as the account", () => {
  expect(read(exampleService({ account: "me" }))).toMatchObject({ UserName: "me" });
});

test("odd paths come through", () => {
  const odd = `/a b/"c"/<d>/&amp;/it's/100%/$HOME/zoë/]]>`;
  expect(read(exampleService({ command: [odd, "--home", odd], log: odd }))).toMatchObject({
    ProgramArguments: [odd, "--home", odd],
    StandardOutPath: odd,
  });
});

/** Reads the list with a parser that is none of ours. */
function read(service: Service): unknown {
  const program = "import json, plistlib, sys; json.dump(plistlib.load(sys.stdin.buffer), sys.stdout)";
  const { stdout, stderr } = Bun.spawnSync(["python3", "-c", program], {
    stdin: new TextEncoder().encode(describePlist(service)),
    stderr: "pipe",
  });
  expect(`${stderr}`).toBe("");
  return JSON.parse(`${stdout}`);
}
