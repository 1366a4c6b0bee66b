import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { chooseAsset } from "../../src/tunnels/wireproxy/program/release.ts";
import { callWpdaemon } from "../rig/command-line.ts";
import { EXECUTABLE, startTestDaemon } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { STAND_IN } from "../rig/programs.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { openTunnelScene } from "../rig/tunnel-scene.ts";
import { until } from "../rig/until.ts";
import { makeArchive, sha256 } from "../tunnels/wireproxy/program/archive.ts";

const { makeConfig } = openTunnelScene();

test("without program and network the daemon listens, answers state, and fails a start clearly", async () => {
  // A mirror that accepts and never answers: the download hangs for as long as the test lasts.
  const mirror = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const environment = { WPDAEMON_MIRROR: `http://127.0.0.1:${mirror.port}`, PATH: "/usr/bin:/bin" };
  await using daemon = await startTestDaemon({ environment });
  daemon.writeConfig("us.conf", makeConfig().text);
  expect((await daemon.ask("state:")).result?.["running"]).toBe(false);
  const { error } = await daemon.ask("spin_up:us");
  expect(error).toStartWith("Exception during spin_up: the program wireproxy is missing and is being downloaded");
  mirror.stop(true);
});

test("a download that fails is told, and a program that appears meanwhile is used", async () => {
  const environment = { WPDAEMON_MIRROR: "http://127.0.0.1:1", PATH: "/usr/bin:/bin" };
  await using daemon = await startTestDaemon({ environment });
  daemon.writeConfig("us.conf", makeConfig().text);
  await until("the failure is told", async () =>
    (await daemon.ask("spin_up:us")).error?.includes("could not be downloaded"),
  );
  mkdirSync(`${daemon.home}/wireproxy`, { recursive: true });
  copyFileSync(STAND_IN, `${daemon.home}/wireproxy/wireproxy`);
  expect((await daemon.ask("spin_up:us")).error).toBeNull();
});

test("an archive with another hash is not installed, and the error names both", async () => {
  const mirror = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("not an archive") });
  const environment = { WPDAEMON_MIRROR: mirror.url.href, PATH: "/usr/bin:/bin" };
  await using daemon = await startTestDaemon({ environment });
  daemon.writeConfig("us.conf", makeConfig().text);
  const told = await until("the failure is told", async () => {
    const { error } = await daemon.ask("spin_up:us");
    return error?.includes("could not be downloaded") && error;
  });
  expect(told).toMatch(/[0-9a-f]{64}.*[0-9a-f]{64}/);
  await mirror.stop(true);
});

test("a wireproxy that is named and gone keeps nothing from working but what needs it", async () => {
  await using daemon = await startTestDaemon({ environment: { WPDAEMON_WIREPROXY: "/nowhere/wireproxy" } });
  daemon.writeConfig("us.conf", makeConfig().text);
  const call = (...words: string[]) => callWpdaemon(daemon.home, words);
  expect(await call("start")).toMatchObject({ code: 0, complaint: "" });
  const status = await call("status");
  expect([status.code, status.complaint]).toEqual([0, ""]);
  expect(status.output).toContain('→ no wireproxy: "/nowhere/wireproxy", named by WPDAEMON_WIREPROXY, is missing');
  expect(JSON.parse((await call("status", "--json")).output).daemon).toMatchObject({
    program: null,
    programDownload: null,
  });
  expect((await call("list")).output).toMatch(/^us +idle/m);
  expect(await call("down")).toMatchObject({ code: 1, complaint: "wpdaemon: no tunnel is up\n" });
  const up = await call("up", "us");
  expect([up.code, up.complaint.includes("named by WPDAEMON_WIREPROXY, is missing")]).toEqual([1, true]);
});

test("a file in wireproxy's place that this machine cannot run is passed over for the one on PATH, and that is told", async () => {
  using folder = temporaryFolder();
  mkdirSync(`${folder.path}/wireproxy`, { recursive: true });
  writeFileSync(`${folder.path}/wireproxy/wireproxy`, "", { mode: 0o755 });
  const environment = { PATH: `${dirname(STAND_IN)}:/usr/bin:/bin` };
  await using daemon = await startTestDaemon({ environment, home: folder.path });
  daemon.writeConfig("us.conf", makeConfig().text);
  expect((await daemon.ask("spin_up:us")).error).toBeNull();
  expect(daemon.readLog(`${daemon.home}/wp-server-logs/audit.log`)).toContain(
    "wireproxy is passed over: it is no program",
  );
  const doctor = await callWpdaemon(daemon.home, ["doctor"], environment);
  expect(doctor.output).toContain(`${folder.path}/wireproxy/wireproxy is no program`);
  await daemon.ask("spin_down:");
});

test("up waits for wireproxy's download, which status tells of, and then brings the tunnel up", async () => {
  const mirror = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const environment = { WPDAEMON_MIRROR: `http://127.0.0.1:${mirror.port}`, PATH: "/usr/bin:/bin" };
  await using daemon = await startTestDaemon({ environment });
  daemon.writeConfig("us.conf", makeConfig().text);
  expect((await callWpdaemon(daemon.home, ["status"])).output).toContain("wireproxy is being downloaded: 0.0 MB");
  const up = Bun.spawn([EXECUTABLE, "up", "us", "--home", daemon.home], { stdio: ["ignore", "pipe", "pipe"], env: {} });
  const words = up.stderr.pipeThrough(new TextDecoderStream()).getReader();
  expect((await words.read()).value).toBe("waiting for wireproxy, which is being downloaded\n");
  mkdirSync(`${daemon.home}/wireproxy`, { recursive: true });
  copyFileSync(STAND_IN, `${daemon.home}/draft`);
  renameSync(`${daemon.home}/draft`, `${daemon.home}/wireproxy/wireproxy`);
  expect(await up.exited).toBe(0);
  expect(await up.stdout.text()).toStartWith("running us, process ");
  mirror.stop(true);
});

test.skipIf(process.platform !== "linux")(
  "a download that is what is pinned is installed and run, while up shows how far it is, and doctor then finds it",
  async () => {
    using folder = temporaryFolder();
    const archive = makeArchive({ name: "wireproxy", content: readFileSync(STAND_IN) });
    const program = join(folder.path, "wpdaemon");
    pinInstead(program, sha256(archive), sha256(readFileSync(STAND_IN)));
    const rest = Promise.withResolvers<void>();
    const mirror = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () =>
        new Response(
          (async function* () {
            yield archive.subarray(0, archive.length / 2);
            await rest.promise;
            yield archive.subarray(archive.length / 2);
          })(),
          { headers: { "Content-Length": String(archive.length) } },
        ),
    });
    const environment = { WPDAEMON_MIRROR: mirror.url.href, PATH: "/usr/bin:/bin" };
    await using daemon = await startTestDaemon({ program, environment });
    daemon.writeConfig("us.conf", makeConfig().text);
    await until("half of it is there", async () =>
      /being downloaded: [1-9]/.test((await callWpdaemon(daemon.home, ["status"])).output),
    );
    const up = callWpdaemon(daemon.home, ["up", "us"]);
    rest.resolve();
    expect(await up).toMatchObject({ code: 0, output: expect.stringContaining("running us, process ") });
    const doctor = await callWpdaemon(daemon.home, ["doctor"], { PATH: "/usr/bin:/bin" });
    expect(doctor.output).toContain(`ok       wireproxy  ${daemon.home}/wireproxy/wireproxy`);
    await daemon.ask("spin_down:");
    await mirror.stop(true);
  },
);

/** The program but for the hashes of this machine's wireproxy, which nobody but its makers can serve. */
function pinInstead(path: string, archive: string, binary: string): void {
  const { archiveSha256, binarySha256 = "" } = chooseAsset(process);
  const bytes = readFileSync(EXECUTABLE);
  for (const [pinned, instead] of [
    [archiveSha256, archive],
    [binarySha256, binary],
  ] as const) {
    for (let at = bytes.indexOf(pinned); at !== -1; at = bytes.indexOf(pinned, at + 1))
      bytes.write(instead, at, "latin1");
  }
  writeFileSync(path, bytes, { mode: 0o755 });
}

test("up says why there is no wireproxy when its download has failed meanwhile", async () => {
  const environment = { WPDAEMON_MIRROR: "http://127.0.0.1:1", PATH: "/usr/bin:/bin" };
  await using daemon = await startTestDaemon({ environment });
  daemon.writeConfig("us.conf", makeConfig().text);
  const { code, complaint } = await callWpdaemon(daemon.home, ["up", "us"]);
  expect(code).toBe(1);
  expect(complaint).toMatch(/wireproxy.*127\.0\.0\.1:1/);
});

test("called without a word and without a terminal it serves, and a second time it finds the first one answering", async () => {
  using folder = temporaryFolder();
  const port = String(freePort());
  const environment = { WPDAEMON_WIREPROXY: STAND_IN, WPDAEMON_PORT: port };
  const daemon = Bun.spawn([EXECUTABLE], {
    stdio: ["ignore", "ignore", "ignore"],
    env: { ...environment, HOME: folder.path, ARGUS_HOME: folder.path, WPDAEMON_STREAM_PORT: "0" },
  });
  await until("it answers", async () => (await callWpdaemon(folder.path, ["status"], environment)).code === 0);
  const second = await callWpdaemon(folder.path, [], environment);
  expect([second.code, second.output.includes(`answers on 127.0.0.1:${port}`)]).toEqual([0, true]);
  daemon.kill("SIGTERM");
  expect(await daemon.exited).toBe(0);
});
