import { expect, test } from "bun:test";
import { createDirectDialer } from "../../../src/linksocks/exit/dial-directly.ts";
import { freePort } from "../../rig/free-port.ts";
import { until } from "../../rig/until.ts";
import { closing, createEar, startTarget } from "./target-rig.ts";

test.each([
  ["an IPv4 address", "127.0.0.1"],
  ["an IPv6 address without brackets", "::1"],
  ["a name", "localhost"],
])("it reaches %s", async (_, host) => {
  using target = startTarget({ hostname: host });
  const ear = createEar();
  using connection = closing(await createDirectDialer().dial({ host, port: target.port }, ear));
  connection.stream.write(Buffer.from("world"));
  await until("the echo", () => ear.text() === "hello world");
});

test.each([
  ["a port where nobody listens", "127.0.0.1", "connection refused"],
  ["a name that there cannot be", "x".repeat(64), "host not found"],
  ["an empty name", "", "invalid host name"],
  ["a name with a zero", "local\0host", "invalid host name"],
])("it tells of %s", async (_, host, message) => {
  const dialled = createDirectDialer().dial({ host, port: freePort() }, createEar());
  await expect(dialled).rejects.toThrow(new RegExp(`^${message}$`));
});
