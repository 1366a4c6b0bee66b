import { expect, spyOn, test } from "bun:test";
import { createDestinations } from "../../../src/linksocks/exit/destinations.ts";
import { createDial } from "../../../src/linksocks/exit/dial.ts";
import { DialError } from "../../../src/linksocks/exit/resolve.ts";
import { freePort } from "../../rig/free-port.ts";
import { errorOf } from "../../rig/rejection.ts";
import { until } from "../../rig/until.ts";
import { closing, createEar, dialTo, OPEN, startTarget } from "./target-rig.ts";

test.each([
  ["an IPv4 address", "127.0.0.1"],
  ["an IPv6 address without brackets", "::1"],
  ["a name", "localhost"],
])("it reaches %s", async (_, host) => {
  using target = startTarget({ hostname: host });
  const ear = createEar();
  using connection = closing(await dialTo(createDial(undefined, OPEN), { host, port: target.port }, ear));
  connection.stream.write(Buffer.from("world"));
  await until("the echo", () => ear.text() === "hello world");
});

test.each([
  ["a port where nobody listens", "127.0.0.1", "connection refused"],
  ["a name that there cannot be", "x".repeat(64), "host not found"],
  ["an empty name", "", "invalid host name"],
  ["a name with a zero", "local\0host", "invalid host name"],
])("it tells of %s", async (_, host, message) => {
  const dialled = dialTo(createDial(undefined, OPEN), { host, port: freePort() }, createEar());
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
  const error = await errorOf(createDial(undefined, OPEN)({ host: "127.0.0.1", port: 1 }));
  expect(error).toBeInstanceOf(DialError);
  expect(error).toMatchObject({ message, cause });
});

/** As root, and where the system lets every user have a network of his own. */
const namespace = [
  ["unshare", "-n"],
  ["unshare", "-r", "-n"],
].find(([program = "", ...words]) => Bun.which(program) && Bun.spawnSync([program, ...words, "true"]).exitCode === 0);

test.skipIf(namespace === undefined)(
  "a network to which no route leads is told as such, and not as a refusal",
  async () => {
    const script = `
    import { createDestinations } from ${JSON.stringify(import.meta.resolve("../../../src/linksocks/exit/destinations.ts"))};
    import { createDial } from ${JSON.stringify(import.meta.resolve("../../../src/linksocks/exit/dial.ts"))};
    const dial = createDial(undefined, createDestinations({ allow: [], deny: [], isConfined: false }));
    await dial({ host: "192.0.2.1", port: 80 }).catch((error) => console.log(error.message));
  `;
    const child = Bun.spawn([...(namespace ?? []), process.execPath, "-e", script], { stdout: "pipe" });
    expect(await child.stdout.text()).toBe("network is unreachable\n");
  },
);

test("of a name's addresses the first that answers is taken, and one that is denied is not asked", async () => {
  using target = startTarget();
  using _lookup = resolveTo(["127.0.0.3", "127.0.0.2", "127.0.0.1"]);
  const denying = createDestinations({ allow: [], deny: ["127.0.0.2"], isConfined: false });
  const asked = spyOn(Bun, "connect");
  using _ = closing(await dialTo(createDial(undefined, denying), { host: "several.example", port: target.port }));
  const hosts = asked.mock.calls.map(([options]) => "hostname" in options && options.hostname);
  asked.mockRestore();
  expect(hosts).toEqual(["127.0.0.3", "127.0.0.1"]);
});

test("a name of which no address answers fails as its first one does", async () => {
  using _ = resolveTo(["127.0.0.3", "127.0.0.2"]);
  const dialled = createDial(undefined, OPEN)({ host: "several.example", port: freePort() });
  await expect(dialled).rejects.toThrow("connection refused");
});

/** Has every name stand for these addresses. */
function resolveTo(addresses: readonly string[]) {
  return spyOn(Bun.dns, "lookup").mockResolvedValue(addresses.map((address) => ({ address, family: 4, ttl: 0 })));
}
