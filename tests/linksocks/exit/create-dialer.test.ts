import { expect, test } from "bun:test";
import { createDial } from "../../../src/linksocks/exit/dial.ts";
import { until } from "../../rig/until.ts";
import { startHttpProxy, startSocksProxy } from "../../rig/upstream-proxies.ts";
import { closing, createEar, dialTo, OPEN, startTarget } from "./target-rig.ts";

test("without an upstream proxy it dials directly", async () => {
  using target = startTarget();
  const ear = createEar();
  using _ = closing(await dialTo(createDial(undefined, OPEN), { host: "127.0.0.1", port: target.port }, ear));
  await until("the greeting", () => ear.text() === "hello ");
});

test.each([
  ["socks5", startSocksProxy],
  ["http", startHttpProxy],
] as const)("with %s it asks that proxy", async (kind, startProxy) => {
  using target = startTarget();
  using proxy = startProxy({ leadsTo: target.port });
  const dialer = createDial({ kind, host: "127.0.0.1", port: proxy.port, username: "", password: "" }, OPEN);
  using _ = closing(await dialTo(dialer, { host: "far.invalid", port: 80 }, createEar()));
  expect(proxy.requests.map((request) => request.target)).toEqual(["far.invalid:80"]);
});
