import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../../src/platform/failure.ts";
import { pathsBelow } from "../../../src/platform/files/paths.ts";
import { createConfigStore } from "../../../src/tunnels/config/store/store.ts";
import type { LaunchRequest } from "../../../src/tunnels/driver/driver.ts";
import { createDrivers } from "../../../src/tunnels/life/drivers.ts";
import { freePort } from "../../rig/free-port.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { createFakeRegister, createRecord, FAKE_TIME } from "../fake-driver.ts";
import { sampleLink } from "../linksocks/sample-link.ts";
import { sampleConfig } from "../wireproxy/config/sample-config.ts";

const NO_PROGRAM = { code: "program-missing" };

test("each config is carried by what it is for", async () => {
  using rig = create();
  await expect(rig.launch("us.conf")).rejects.toMatchObject(NO_PROGRAM);
  const tunnel = await rig.launch("ws.conf");
  expect(tunnel).toMatchObject({ pid: process.pid, socks: `127.0.0.1:${rig.port}` });
  await tunnel.stop();
});

test("a tunnel in failover is carried by what its carrier is for", async () => {
  using rig = create();
  const tunnel = await rig.launch("us.conf", { carrier: "ws.conf" });
  expect(tunnel).toMatchObject({ pid: process.pid, carrier: "ws.conf" });
  await tunnel.stop();
  await expect(rig.launch("ws.conf", { carrier: "us.conf" })).rejects.toMatchObject(NO_PROGRAM);
});

test("tunnels of both kinds never claim one address, until one rests", async () => {
  using rig = create();
  const tunnel = await rig.launch("ws.conf");
  await expect(rig.launch("same.conf")).rejects.toMatchObject({
    code: "address-in-use",
    message: `127.0.0.1:${rig.port} is already in use by the tunnel ws`,
  });
  await tunnel.stop();
  rig.drivers.releasePorts("ws.conf");
  await expect(rig.launch("same.conf")).rejects.toMatchObject(NO_PROGRAM);
});

test("a LinkSocks tunnel ends with the daemon, wireproxy's does not, and a config that is gone says nothing", () => {
  using rig = create();
  const configs = ["ws.conf", "us.conf", "gone.conf"];
  expect(configs.map(rig.drivers.endsWithDaemon)).toEqual([true, false, false]);
});

test("at the start, derived configs of dead daemons are removed, except for those on record", () => {
  using rig = create({ derived: ["left.conf", "in-use.conf"], recorded: "in-use.conf" });
  expect(readdirSync(rig.paths.derived)).toEqual(["in-use.conf"]);
});

function create({ derived = [], recorded }: { derived?: readonly string[]; recorded?: string } = {}) {
  const folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  const port = freePort();
  const records =
    recorded === undefined ? [] : [{ ...createRecord("us.conf"), derivedFile: join(paths.derived, recorded) }];
  for (const name of derived) {
    mkdirSync(paths.derived, { recursive: true });
    writeFileSync(join(paths.derived, name), "");
  }
  for (const path of [paths.configs, paths.own]) mkdirSync(path, { recursive: true });
  const rest = (wanted: number) => `[Socks5]\nBindAddress = 127.0.0.1:${wanted}`;
  const texts = {
    "us.conf": sampleConfig({ rest: rest(freePort()) }),
    "same.conf": sampleConfig({ rest: rest(port) }),
    "ws.conf": sampleLink({ url: "ws://127.0.0.1:1", rest: rest(port) }),
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(paths.configs, name), text, { mode: 0o600 });
  const missing = () => {
    throw new Failure("program-missing", "no wireproxy");
  };
  const drivers = createDrivers({
    onQuiet: () => undefined,
    paths,
    configs: createConfigStore(paths.configs),
    program: { current: missing },
    versions: async () => "",
    register: createFakeRegister(records),
    environment: {},
    range: { from: 1, to: 1 },
    isReserved: () => false,
    audit: () => undefined,
    now: () => FAKE_TIME,
  });
  return {
    paths,
    drivers,
    port,
    launch: (config: string, rest: Partial<LaunchRequest> = {}) =>
      drivers.launch({
        config,
        placement: { kind: "own" },
        carrier: null,
        signal: new AbortController().signal,
        ...rest,
      }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
