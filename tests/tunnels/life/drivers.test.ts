import { afterEach, expect, mock, spyOn, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../../src/platform/failure.ts";
import type { LaunchRequest } from "../../../src/tunnels/driver/driver.ts";
import { TUNNEL_KINDS } from "../../../src/tunnels/kinds.ts";
import { createDrivers } from "../../../src/tunnels/life/drivers.ts";
import { freePort } from "../../rig/free-port.ts";
import { createDriverRig, launchRequest } from "../driver-rig.ts";
import { createRecord } from "../fake-driver.ts";
import { sampleLink } from "../linksocks/sample-link.ts";
import { sampleConfig } from "../wireproxy/config/sample-config.ts";

afterEach(() => mock.restore());

const NO_PROGRAM = { code: "program-missing" };

test("each config is carried by what it is for", async () => {
  using rig = create();
  await expect(rig.launch("us.conf")).rejects.toMatchObject(NO_PROGRAM);
  const tunnel = await rig.launch("ws.conf");
  expect(tunnel).toMatchObject({ pid: process.pid, socks: `127.0.0.1:${rig.port}` });
  await tunnel.stop();
});

test("a driver that could not be loaded, as where no descriptor was free, is loaded by the next start", async () => {
  using rig = create();
  for (const kind of TUNNEL_KINDS) spyOn(kind, "loadDriver").mockRejectedValueOnce(new Error("EMFILE"));
  await expect(rig.launch("ws.conf")).rejects.toThrow("EMFILE");
  await (await rig.launch("ws.conf")).stop();
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
  const record = createRecord("us.conf");
  using rig = create();
  mkdirSync(rig.paths.derived);
  for (const name of ["left.conf", "in-use.conf"]) writeFileSync(join(rig.paths.derived, name), "");
  rig.parts.register.put({ ...record, derivedFile: join(rig.paths.derived, "in-use.conf") });
  rig.open();
  expect(readdirSync(rig.paths.derived)).toEqual(["in-use.conf"]);
});

function create() {
  const rig = createDriverRig();
  const port = freePort();
  const rest = (wanted: number) => `[Socks5]\nBindAddress = 127.0.0.1:${wanted}`;
  rig.write("us.conf", sampleConfig({ rest: rest(freePort()) }));
  rig.write("same.conf", sampleConfig({ rest: rest(port) }));
  rig.write("ws.conf", sampleLink({ url: "ws://127.0.0.1:1", rest: rest(port) }));
  const current = () => {
    throw new Failure("program-missing", "no wireproxy");
  };
  const open = () =>
    createDrivers({
      ...rig.parts,
      program: { current },
      versions: async () => "",
      usesInfoPort: true,
      isReserved: () => false,
      workFor: (_, work) => work(),
      noteStart: () => () => undefined,
    });
  const drivers = open();
  return {
    ...rig,
    drivers,
    open,
    port,
    launch: (config: string, wanted: Partial<LaunchRequest> = {}) =>
      drivers.launch(launchRequest({ config, ...wanted })),
  };
}
