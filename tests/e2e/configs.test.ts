import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { startTestDaemon } from "../rig/daemon-process.ts";
import { generateKeys } from "../rig/keys.ts";
import { STAND_IN } from "../rig/programs.ts";

const start = () => startTestDaemon({ environment: { WPDAEMON_WIREPROXY: STAND_IN } });

test("item 19: available_confs lists regular .conf files alone, in byte order", async () => {
  await using daemon = await start();
  const folder = `${daemon.home}/wireproxy_confs`;
  for (const name of ["die.conf", "Alpha.conf", "été.conf", "README.txt", ".conf", ".hidden.conf"]) {
    daemon.writeConfig(name, "");
  }
  mkdirSync(`${folder}/folder.conf`);
  symlinkSync(`${folder}/die.conf`, `${folder}/link.conf`);
  symlinkSync(`${folder}/nowhere`, `${folder}/broken.conf`);
  Bun.spawnSync(["mkfifo", `${folder}/pipe.conf`]);
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad-`), Buffer.from([0xff]), Buffer.from(".conf")]), "");
  const configs = ["Alpha.conf", "die.conf", "link.conf", "été.conf"];
  expect(await daemon.ask("available_confs:")).toEqual({
    CMD: "available_confs",
    result: { count: configs.length, configs },
    error: null,
  });
  // A name that is no UTF-8 is skipped, told of, and harms nobody.
  expect(daemon.readLog(`${daemon.home}/wp-server-logs/audit.log`)).toContain("is not listed");
});

test("items 20 and 22: a missing config and a path out of the folder get the same answer", async () => {
  await using daemon = await start();
  writeFileSync(`${daemon.home}/outside.conf`, "");
  for (const name of ["missing", "../outside", "/etc/passwd", "../missing", ".hidden", "a\u0000b", "x".repeat(300)]) {
    expect((await daemon.ask(`spin_up:${name}`)).error).toBe(`Configuration not found: ${name}.conf`);
  }
  expect((await daemon.ask("spin_up:missing.conf")).error).toBe("Configuration not found: missing.conf");
});

test("a config that wireproxy would choke on is refused with file, line and hint, and no key is told", async () => {
  await using daemon = await start();
  const { privateKey, publicKey } = generateKeys();
  const broken = privateKey.slice(0, 30);
  daemon.writeConfig(
    "bad.conf",
    `[Interface]\nPrivateKey = ${broken}\nAddress = 10.0.0.2\n[Peer]\nPublicKey = ${publicKey}\n[Socks5]\nBindAddress = 127.0.0.1:1080\n`,
  );
  const { error } = await daemon.ask("spin_up:bad");
  expect(error).toStartWith("Exception during spin_up: bad.conf:2: PrivateKey");
  expect(error).not.toContain(broken);
  expect((await daemon.ask("state:")).result?.["running"]).toBe(false);
});

test("a config that would open the network a way in without a password is refused", async () => {
  await using daemon = await start();
  const keys = generateKeys();
  const text = (listener: string) =>
    `[Interface]\nPrivateKey = ${keys.privateKey}\nAddress = 10.0.0.2\n[Peer]\nPublicKey = ${keys.publicKey}\n[Socks5]\n${listener}`;
  daemon.writeConfig("open.conf", text("BindAddress = 0.0.0.0:18080\n"));
  daemon.writeConfig("unset.conf", text("BindAddress = 127.0.0.1:18080\nUsername = $WPDAEMON_NOT_SET\nPassword = x\n"));
  expect((await daemon.ask("spin_up:open")).error).toContain("open.conf:7: ");
  expect((await daemon.ask("spin_up:unset")).error).toContain("unset.conf:8: ");
});
