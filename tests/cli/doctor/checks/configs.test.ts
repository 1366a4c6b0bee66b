import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkConfigs } from "../../../../src/cli/doctor/checks/configs.ts";
import { generateKeys } from "../../../rig/keys.ts";
import { US_EAST } from "../../../rig/tunnel-entry.ts";
import { DAEMON } from "../../daemon/stub-daemon.ts";
import { installation, SERVING, SILENT } from "../circumstances.ts";

test("an empty folder is a warning that says how to add one", async () => {
  using home = installation();
  expect(await checkConfigs(home.see())).toMatchObject([
    { severity: "warning", remedy: "add one with: wpdaemon config import FILE" },
  ]);
});

test("errors are problems, warnings are warnings, and one that is no config hides no other", async () => {
  using home = installation();
  write(home.paths.configs, "good", config());
  write(home.paths.configs, "nameless", config().replace("DNS = 10.0.0.1\n", ""));
  write(home.paths.configs, "keyless", config().replace(/PrivateKey.*\n/, ""));
  write(home.paths.configs, "broken", "[Interface\n");
  const found = await checkConfigs(home.see());
  expect(found[0]).toMatchObject({ severity: "ok", message: "2 of 4 can be started" });
  const about = (name: string) => found.filter(({ message }) => message.startsWith(`${name}.conf:`));
  expect(about("good")).toEqual([]);
  expect(about("nameless")).toMatchObject([{ severity: "warning" }]);
  expect(about("nameless")[0]?.message).toContain("no DNS is set");
  expect(about("keyless")).toMatchObject([{ severity: "problem" }]);
  expect(about("broken")).toMatchObject([{ severity: "problem" }]);
});

test("a config whose address another program has is a problem, unless a tunnel of ours is there", async () => {
  using home = installation();
  using other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  write(home.paths.configs, "one", config().replace("25344", String(other.port)));
  const address = `127.0.0.1:${other.port}`;
  const find = async (daemon = SILENT) =>
    (await checkConfigs(home.see({ daemon }))).filter(({ message }) => message.startsWith(address));
  expect(await find()).toMatchObject([{ severity: "problem" }]);
  expect((await find())[0]?.message).toStartWith(
    `${address} of one.conf is held by another program (process ${process.pid}`,
  );
  const tunnels = [{ ...US_EAST, socks: address }];
  expect(await find({ ...SERVING, status: { daemon: DAEMON, tunnels } })).toEqual([]);
});

test("two with the same address are worth knowing, and no fault", async () => {
  using home = installation();
  write(home.paths.configs, "one", config());
  write(home.paths.configs, "two", config());
  write(home.paths.configs, "three", config().replace("25344", "25399"));
  const shared = (await checkConfigs(home.see())).filter(({ message }) => message.includes("same address"));
  expect(shared).toMatchObject([{ severity: "ok" }]);
  expect(shared[0]?.message).toStartWith("one.conf, two.conf have the same address 127.0.0.1:25344");
});

test("doctor names a file that is passed over", async () => {
  using home = installation();
  write(home.paths.configs, "a:b", config());
  const [found] = await checkConfigs(home.see());
  expect(found).toMatchObject({ severity: "warning", remedy: "rename it" });
  expect(found?.message).toContain("a:b.conf");
});

function write(folder: string, name: string, text: string): void {
  writeFileSync(join(folder, `${name}.conf`), text, { mode: 0o600 });
}

function config(): string {
  return `[Interface]
PrivateKey = ${generateKeys().privateKey}
Address = 10.0.0.2/32
DNS = 10.0.0.1
[Peer]
PublicKey = ${generateKeys().publicKey}
Endpoint = 192.0.2.1:51820
[Socks5]
BindAddress = 127.0.0.1:25344
`;
}
