import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync } from "node:fs";
import { startTestDaemon } from "../rig/daemon-process.ts";
import { STAND_IN } from "../rig/programs.ts";
import { openTunnelScene } from "../rig/tunnel-scene.ts";
import { until } from "../rig/until.ts";

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
