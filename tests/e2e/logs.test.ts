import { expect, test } from "bun:test";
import { appendFileSync, readdirSync, readFileSync, statSync } from "node:fs";
import { callWpdaemon } from "../rig/command-line.ts";
import { EXECUTABLE } from "../rig/daemon-process.ts";
import { converse } from "../rig/line-client.ts";
import { openTunnelScene } from "../rig/tunnel-scene.ts";
import { until } from "../rig/until.ts";

const { makeConfig, start } = openTunnelScene();

const RULE = "=".repeat(80);

test("header and footer are as the predecessors write them", async () => {
  await using daemon = await start();
  const file = daemon.writeConfig("us.conf", makeConfig().text);
  const { result } = await daemon.ask("spin_up:us");
  await daemon.ask("spin_down:");
  const path = String(result?.["log_file"]);
  const text = readFileSync(path, "utf8");
  const seconds = /\/(\d+)_us\.log$/.exec(path)?.[1];
  const local = new Date(Number(seconds) * 1000);
  const two = (number: number) => String(number).padStart(2, "0");
  const shown = `${local.getFullYear()}-${two(local.getMonth() + 1)}-${two(local.getDate())} ${two(local.getHours())}:${two(local.getMinutes())}:${two(local.getSeconds())}`;
  expect(text).toStartWith(
    [
      RULE,
      "WireProxy Server Log",
      RULE,
      `Start Time: ${shown}`,
      `Unix Timestamp: ${seconds}`,
      "Configuration: us.conf",
      "WireProxy Version: wireproxy, version 1.1.3",
      `Configuration File: ${file}`,
      "",
      "Process Output:",
      RULE,
      "DEBUG: ",
    ].join("\n"),
  );
  const footer = text.slice(text.indexOf("WireProxy Server Teardown") - 82).split("\n");
  expect(footer).toEqual([
    "",
    RULE,
    "WireProxy Server Teardown",
    RULE,
    expect.stringMatching(/^Stop Time: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    expect.stringMatching(/^Unix Timestamp: \d+$/),
    "Status: Initiating shutdown",
    "Shutdown Method: Graceful termination",
    "Final Status: Process terminated",
    RULE,
    "End of log",
    RULE,
    "",
  ]);
});

test("a restart within one second keeps both logs", async () => {
  await using daemon = await start();
  daemon.writeConfig("us.conf", makeConfig().text);
  const paths = new Set<unknown>();
  for (let round = 0; round < 5; round++) {
    paths.add((await daemon.ask("spin_up:us")).result?.["log_file"]);
    await daemon.ask("spin_down:");
  }
  expect(paths.size).toBe(5);
  for (const path of paths) expect(readFileSync(String(path), "utf8")).toContain("End of log");
});

test("hostile input makes single-line audit entries, and no log ever holds a private key", async () => {
  await using daemon = await start();
  const config = makeConfig();
  daemon.writeConfig("us.conf", config.text);
  daemon.writeConfig("bad.conf", config.text.replace(config.privateKey, `${config.privateKey}AAAA`));
  const hostile = ["x\r[2026-01-01 00:00:00] [SUCCESS] forged", "\u001b[2Jx", "a\u2028b", "\u0000\u0007"];
  for (const name of hostile) await converse(daemon.port, [`spin_up:${name}\n`], { halfClose: true });
  await daemon.ask("spin_up:bad");
  await daemon.ask("spin_up:us");
  await daemon.ask("spin_down:");
  const folder = `${daemon.home}/wp-server-logs`;
  const audit = readFileSync(`${folder}/audit.log`, "utf8");
  for (const line of audit.trimEnd().split("\n")) {
    expect(line).toMatch(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] \[(CMD|STATE|ACTION|ERROR|SUCCESS|INFO)\] /);
    expect(line).not.toMatch(/[\p{Cc}\u2028]/u);
  }
  expect(audit).toContain("us.conf: idle -> starting");
  for (const name of readdirSync(folder)) {
    expect(readFileSync(`${folder}/${name}`, "utf8")).not.toContain(config.privateKey.slice(0, 20));
    expect(statSync(`${folder}/${name}`).mode & 0o077).toBe(0);
  }
});

test("logs --follow goes on over any number of quiet restarts, and misses no line that was written in between", async () => {
  await using daemon = await start();
  daemon.writeConfig("us.conf", makeConfig().text);
  const log = String((await daemon.ask("spin_up:us")).result?.["log_file"]);
  const follower = Bun.spawn([EXECUTABLE, "logs", "us", "-f", "-n", "0"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], HOME: daemon.home, ARGUS_HOME: daemon.home },
  });
  let shown = "";
  const reading = (async () => {
    for await (const chunk of follower.stdout) shown += new TextDecoder().decode(chunk);
  })();
  const say = async (word: string) => {
    appendFileSync(log, `${word}\n`);
    await until(word, () => shown.includes(word));
  };
  await until("it follows", () => {
    appendFileSync(log, "are you there?\n");
    return shown.includes("are you there?");
  });
  for (let round = 0; round < 3; round += 1) {
    expect((await callWpdaemon(daemon.home, ["restart"])).code).toBe(0);
  }
  await say("after three restarts");
  await callWpdaemon(daemon.home, ["stop"]);
  appendFileSync(log, "while no daemon ran\n");
  await daemon.start();
  await until("what was missed", () => shown.includes("while no daemon ran"));
  expect(shown.split("after three restarts").length).toBe(2);
  follower.kill("SIGTERM");
  await Promise.all([follower.exited, reading]);
});
