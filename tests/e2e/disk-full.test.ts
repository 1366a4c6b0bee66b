import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXECUTABLE } from "../rig/daemon-process.ts";
import { startFarEnd } from "../rig/far-end.ts";
import { freePort } from "../rig/free-port.ts";
import { generateKeys } from "../rig/keys.ts";
import { ask } from "../rig/line-client.ts";
import { isAlive } from "../rig/processes.ts";
import { STAND_IN } from "../rig/programs.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { until } from "../rig/until.ts";

/** A daemon whose home is a disk of 2 MB that nobody else sees. */
async function startOnSmallDisk(configs: Readonly<Record<string, string>>) {
  const folder = temporaryFolder();
  const prepared = join(folder.path, "prepared");
  const home = join(folder.path, "home");
  mkdirSync(join(prepared, "wireproxy_confs"), { recursive: true, mode: 0o700 });
  mkdirSync(home, { mode: 0o700 });
  for (const [name, text] of Object.entries(configs)) {
    writeFileSync(join(prepared, "wireproxy_confs", name), text, { mode: 0o600 });
  }
  const script = `mount -t tmpfs -o size=2m,mode=700 none "$2" && cp -r "$1"/. "$2" && exec "$3" --daemon -p 0 --home "$2"`;
  const daemon = Bun.spawn(["unshare", "-rm", "sh", "-c", script, "sh", prepared, home, EXECUTABLE], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
    env: { PATH: process.env["PATH"], HOME: home, WPDAEMON_WIREPROXY: STAND_IN },
  });
  let output = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of daemon.stdout) output += decoder.decode(chunk, { stream: true });
  })();
  const port = await until(
    "it listens",
    () => Number(/listening on 127\.0\.0\.1:(\d+)/.exec(output)?.[1]) || undefined,
  );

  return {
    ask: (line: string) => ask(port, line),
    /** Runs a command where the daemon's disk is to be seen. */
    async onItsDisk(command: string): Promise<string> {
      const words = ["nsenter", "-t", String(daemon.pid), "-U", "-m", "--preserve-credentials", "sh", "-c", command];
      const run = Bun.spawn([...words, "sh", home], { stdout: "pipe", stderr: "ignore" });
      const text = await run.stdout.text();
      await run.exited;
      return text;
    },
    async [Symbol.asyncDispose]() {
      await ask(port, "spin_down:").catch(() => undefined);
      daemon.kill("SIGTERM");
      await daemon.exited;
      await reading;
      folder[Symbol.dispose]();
    },
  };
}

test("a full disk: nothing that runs is lost, a tunnel is carried without its log, and all is well once there is room", async () => {
  await using farEnd = await startFarEnd();
  await using daemon = await startOnSmallDisk({ "us-east.conf": farEnd.config().text });
  const up = await daemon.ask("spin_up:us-east");
  expect(up.error).toBeNull();
  const pid = Number(up.result?.["pid"]);

  await daemon.onItsDisk('dd if=/dev/zero of="$1/filler" bs=4k 2>/dev/null; df -P "$1"');
  for (let request = 0; request < 50; request++) {
    expect((await daemon.ask("state:")).result).toMatchObject({ running: true, pid });
  }
  expect(isAlive(pid)).toBe(true);
  expect((await daemon.ask("spin_down:")).error).toBeNull();
  const again = await daemon.ask("spin_up:us-east");
  expect(again.error).toBeNull();
  process.kill(Number(again.result?.["pid"]), "SIGKILL");
  await until("another child carries it", async () => {
    const { result } = await daemon.ask("state:");
    return (result?.["running"] === true && result["pid"] !== again.result?.["pid"]) || undefined;
  });
  const place = '--home "$1" 2>&1; echo $?';
  expect(
    await daemon.onItsDisk(`"${EXECUTABLE}" config import "$1/wireproxy_confs/us-east.conf" --name b ${place}`),
  ).toMatch(/cannot write .+b\.conf: ENOSPC\n {2}→ make room on its disk\n1\n$/);
  expect(await daemon.onItsDisk(`HOME="$1/other" "${EXECUTABLE}" start -p 0 2>&1; echo $?`)).toMatch(
    /cannot write below .+\/other\/.argus\/wpdaemon: ENOSPC\n {2}→ make room on that disk\n1\n$/,
  );
  expect((await daemon.ask("spin_down:")).error).toBeNull();

  await daemon.onItsDisk('rm "$1/filler"');
  expect((await daemon.ask("spin_up:us-east")).error).toBeNull();
  expect(await daemon.onItsDisk('cat "$1/wp-server-logs/audit.log"')).toContain("[SUCCESS]");
});

test("a disk that is read-only, and one that runs no programs, are named as that by what cannot be done, and by doctor", async () => {
  using folder = temporaryFolder();
  const script = `
mount -t tmpfs -o mode=700 none "$1" && mkdir -m 700 "$1/wireproxy" && cp "${STAND_IN}" "$1/wireproxy/wireproxy"
mount -o remount,noexec "$1"; "$2" doctor; mount -o remount,ro "$1"
"$2" doctor; "$2" start; echo $?; "$2" config import "$3"; echo $?`;
  const config = join(folder.path, "us.conf");
  const { privateKey, publicKey } = generateKeys();
  writeFileSync(
    config,
    `[Interface]\nPrivateKey = ${privateKey}\nAddress = 10.0.0.2/32\nDNS = 10.0.0.1\n[Peer]\nPublicKey = ${publicKey}\nEndpoint = 192.0.2.1:1\n`,
  );
  const home = join(folder.path, "home");
  mkdirSync(home);
  const run = Bun.spawn(["unshare", "-rm", "sh", "-c", `exec 2>&1; ${script}`, "sh", home, EXECUTABLE, config], {
    stdout: "pipe",
    env: { PATH: process.env["PATH"], HOME: home, ARGUS_HOME: home, WPDAEMON_PORT: String(freePort()) },
  });
  const said = await run.stdout.text();
  const [noexec = "", readOnly = ""] = said.split("problem  modes");
  expect(noexec).toContain("wireproxy may not be executed there: its file system is mounted noexec");
  expect(readOnly).toContain(`nothing can be written to ${home}: its file system is read-only`);
  expect(said).toMatch(/cannot use .+: EROFS\n {2}→ its file system is read-only: .+\n5\n/);
  expect(said).toMatch(/cannot write .+us\.conf: EROFS\n {2}→ its file system is read-only: .+\n1\n$/);
});
