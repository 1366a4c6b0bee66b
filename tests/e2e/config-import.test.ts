import { expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { callWpdaemon } from "../rig/command-line.ts";
import { startTestDaemon } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { generateKeys } from "../rig/keys.ts";
import { STAND_IN } from "../rig/programs.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

const start = () => startTestDaemon({ environment: { WPDAEMON_WIREPROXY: STAND_IN } });

test("what a FritzBox exports is imported in words that wireproxy takes, each change said, and then starts", async () => {
  await using daemon = await start();
  const { privateKey, publicKey } = generateKeys();
  const source = join(daemon.home, "wg_config.conf");
  writeFileSync(
    source,
    `[Interface]\nPrivateKey = ${privateKey}\nAddress = 192.168.178.201/24\nAddress = fd00::201/64\nDNS = 192.168.178.1,fd00::1\nDNS = fritz.box\n` +
      `[Peer]\nPublicKey = ${publicKey}\nAllowedIPs = 192.168.178.0/24,0.0.0.0/0\nAllowedIPs = fd00::/64\nEndpoint = 127.0.0.1:9\n[Socks5]\nBindAddress = 127.0.0.1:${freePort()}\n`,
  );
  const { code, output, complaint } = await callWpdaemon(daemon.home, ["config", "import", source, "--name", "fritz"]);
  expect([code, output]).toEqual([0, "imported fritz.conf\n"]);
  expect(complaint.split("\n").filter((line) => !line.startsWith("warning"))).toEqual([
    "changed fritz.conf:4: Address is joined into line 3",
    "changed fritz.conf:5: search domains are left out of DNS: wireproxy knows none",
    "changed fritz.conf:6: DNS is joined into line 5",
    "changed fritz.conf:10: AllowedIPs is joined into line 9",
    "",
  ]);
  expect((await daemon.ask("spin_up:fritz")).error).toBeNull();
});

test("a provider's zip is imported with every config in it, and what is no config of it is left alone", async () => {
  using folder = temporaryFolder();
  const { privateKey, publicKey } = generateKeys();
  const config = strToU8(
    `[Interface]\nPrivateKey = ${privateKey}\nAddress = 10.0.0.2/32\nDNS = 10.0.0.1\n[Peer]\nPublicKey = ${publicKey}\nEndpoint = 192.0.2.1:1\n`,
  );
  const archive = join(folder.path, "provider.zip");
  const files = { "wg/de.conf": config, "wg/us.conf": config, "__MACOSX/wg/._us.conf": config, "wg/README": config };
  writeFileSync(archive, zipSync({ ...files, "wg/bad.conf": strToU8("[Interface]\n") }));
  const { code, output, complaint } = await callWpdaemon(folder.path, ["config", "import", archive]);
  expect([code, output]).toEqual([
    1,
    ["de", "us"].map((name) => `imported ${name}.conf, with a SOCKS5 listener on 127.0.0.1:25344\n`).join(""),
  ]);
  expect(complaint).toContain("bad.conf:1: PrivateKey is missing in this section");
  writeFileSync(archive, "PK\u0003\u0004 and no more");
  expect((await callWpdaemon(folder.path, ["config", "import", archive])).complaint).toContain("damaged zip archive");
});

test("a zip within a zip, paths of Windows, one name in two folders and a file that WGConfig names there are all taken", async () => {
  using folder = temporaryFolder();
  const { privateKey, publicKey } = generateKeys();
  const text = `[Interface]\nPrivateKey = ${privateKey}\nAddress = 10.0.0.2/32\nDNS = 10.0.0.1\n[Peer]\nPublicKey = ${publicKey}\nEndpoint = 192.0.2.1:1\n`;
  const config = strToU8(text);
  const archive = join(folder.path, "provider.zip");
  const inner = zipSync({ "us/wg0.conf": config, "de/wg0.conf": config, "it\\rome.conf": config });
  const proxy = strToU8("WGConfig = base.conf\n[Socks5]\nBindAddress = 127.0.0.1:25344\n");
  const deep = zipSync({ "deeper.zip": zipSync({ "x.conf": config }) });
  writeFileSync(archive, zipSync({ "all.zip": inner, "deep.zip": deep, "a/proxy.conf": proxy, "a/base.conf": config }));
  const { code, complaint } = await callWpdaemon(folder.path, ["config", "import", archive]);
  expect([code, complaint]).toEqual([
    0,
    "changed proxy.conf:1: WGConfig is replaced by the sections of the file that it names\n",
  ]);
  const listed = (await callWpdaemon(folder.path, ["config", "list", "--json"])).output;
  expect([...listed.matchAll(/"name":"([^"]+)"/g)].map(([, name]) => name)).toEqual([
    "all-de-wg0.conf",
    "all-us-wg0.conf",
    "base.conf",
    "proxy.conf",
    "rome.conf",
  ]);
});

test("a config whose way out is a file beside it is imported with that, from a folder and by itself, and starts", async () => {
  await using daemon = await start();
  const { privateKey, publicKey } = generateKeys();
  const source = join(daemon.home, "source");
  mkdirSync(source);
  const wireguard = `[Interface]\nPrivateKey = ${privateKey}\nAddress = 10.0.0.2/32\nDNS = 10.0.0.1\n[Peer]\nPublicKey = ${publicKey}\nEndpoint = 127.0.0.1:9\n`;
  writeFileSync(join(source, "wg0.conf"), wireguard);
  writeFileSync(join(source, "proxy.conf"), `WGConfig = wg0.conf\n[Socks5]\nBindAddress = 127.0.0.1:${freePort()}\n`);
  expect(await callWpdaemon(daemon.home, ["config", "import", source])).toMatchObject({ code: 0 });
  const again = ["config", "import", join(source, "proxy.conf"), "--name", "again"];
  expect(await callWpdaemon(daemon.home, again)).toMatchObject({ code: 0 });
  rmSync(source, { recursive: true });
  for (const name of ["proxy", "again"]) {
    expect((await daemon.ask(`spin_up:${name}`)).error).toBeNull();
    expect((await daemon.ask("spin_down:")).error).toBeNull();
  }
});

test("an import that is refused names every fault at once", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "bad.conf");
  writeFileSync(file, "[Interface]\nPrivateKey = x\nMTU = big\n[Peer Rome]\nPublicKey = y\n");
  const { code, complaint } = await callWpdaemon(folder.path, ["config", "import", file]);
  expect(code).toBe(1);
  for (const fault of ["PrivateKey is not", "MTU is not", "[Peer] is missing", "did you mean [Peer]?"]) {
    expect(complaint).toContain(fault);
  }
});

test("an imported config gets no variable, no file from elsewhere and no way in through its server unless its owner says so", async () => {
  using folder = temporaryFolder();
  await using daemon = await startTestDaemon();
  const call = (...words: string[]) => callWpdaemon(daemon.home, ["config", "import", ...words]);
  const file = join(folder.path, "gift.conf");
  for (const [line, flag] of [
    ["Token = $AWS_SECRET_ACCESS_KEY", "--allow-variables"],
    ["TokenFile = ../wpdaemon/secret", "--allow-files"],
    ["Token = x\nReverse = true", "--allow-reverse"],
  ] as const) {
    writeFileSync(file, `[LinkSocks]\nUrl = wss://gift.example\n${line}\n[Socks5]\nBindAddress = 127.0.0.1:1081\n`);
    const { code, complaint } = await call(file);
    expect([code, complaint]).toEqual([1, expect.stringContaining(flag)]);
  }
  expect(await call(file, "--allow-reverse")).toMatchObject({ code: 0 });
});
