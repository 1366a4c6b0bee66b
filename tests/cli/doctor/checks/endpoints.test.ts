import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { checkEndpoints } from "../../../../src/cli/doctor/checks/endpoints.ts";
import { loadSettings } from "../../../../src/daemon/settings.ts";
import { endpointEntry, endpointsDocument } from "../../../rig/endpoints-service.ts";
import { DAEMON } from "../../daemon/stub-daemon.ts";
import { installation, SERVING } from "../circumstances.ts";

test("doctor says nothing of endpoints where none are configured", () => {
  using home = installation();
  expect(checkEndpoints(home.see())).toEqual([]);
});

test("doctor names everything that is wrong with the settings of endpoints", () => {
  using home = installation();
  writeFileSync(home.paths.settings, "endpoints: { net: { subnet: x }, statik: {} }\n");
  const found = checkEndpoints(home.see({ settings: loadSettings(home.paths, {}, {}) }));
  expect(found.map(({ severity, message }) => [severity, message.split(":", 1)[0]]).sort()).toEqual([
    ["problem", "net.subnet"],
    ["problem", "statik"],
  ]);
});

test("doctor counts the endpoints that can be reached, and blames what keeps the others from it", () => {
  using home = installation();
  writeFileSync(home.paths.settings, "endpoints: {}\n");
  const endpoints = endpointsDocument({ endpoints: [endpointEntry()], failing: ["ngrok: not registered"] });
  const daemon = { ...SERVING, status: { daemon: DAEMON, tunnels: [], endpoints } };
  const found = checkEndpoints(home.see({ settings: loadSettings(home.paths, {}, {}), daemon }));
  expect(found.map(({ severity, message }) => [severity, message])).toEqual([
    ["ok", "1 of 1 can be reached"],
    ["problem", "ngrok: not registered"],
  ]);
});

test("doctor tells of a daemon that was started before it had endpoints", () => {
  using home = installation();
  writeFileSync(home.paths.settings, "endpoints: {}\n");
  const found = checkEndpoints(home.see({ settings: loadSettings(home.paths, {}, {}), daemon: SERVING }));
  expect(found.map(({ severity }) => severity)).toEqual(["warning"]);
});
