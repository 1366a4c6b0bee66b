import { expect, spyOn, test } from "bun:test";
import { createDial, DialError } from "../../../src/linksocks/exit/dial.ts";
import { freePort } from "../../rig/free-port.ts";
import { errorOf } from "../../rig/rejection.ts";
import { until } from "../../rig/until.ts";
import { closing, createEar, dialTo, startTarget } from "./target-rig.ts";

test.each([
  ["an IPv4 address", "127.0.0.1"],
  ["an IPv6 address without brackets", "::1"],
  ["a name", "localhost"],
])("it reaches %s", async (_, host) => {
  using target = startTarget({ hostname: host });
  const ear = createEar();
  using connection = closing(await dialTo(createDial(undefined), { host, port: target.port }, ear));
  connection.stream.write(Buffer.from("world"));
  await until("the echo", () => ear.text() === "hello world");
});

test.each([
  ["a port where nobody listens", "127.0.0.1", "connection refused"],
  ["a name that there cannot be", "x".repeat(64), "host not found"],
  ["an empty name", "", "invalid host name"],
  ["a name with a zero", "local\0host", "invalid host name"],
])("it tells of %s", async (_, host, message) => {
  const dialled = dialTo(createDial(undefined), { host, port: freePort() }, createEar());
  await expect(dialled).rejects.toThrow(new RegExp(`^${message}$`));
});

test.each([
  ["ENETUNREACH", "network is unreachable"],
  ["EHOSTUNREACH", "no route to host"],
  ["EACCES", "permission denied"],
  ["EWHATEVER", "connection failed"],
])("the system's %s is told as: %s, and its own text is not passed on", async (code, message) => {
  const cause = Object.assign(new Error("connect to 10.0.0.1 failed"), { code });
  using _ = spyOn(Bun, "connect").mockRejectedValue(cause);
  const error = await errorOf(createDial(undefined)({ host: "127.0.0.1", port: 1 }));
  expect(error).toBeInstanceOf(DialError);
  expect(error).toMatchObject({ message, cause });
});
