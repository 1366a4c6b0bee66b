import { expect, test } from "bun:test";
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callWpdaemon } from "../rig/command-line.ts";
import { EXECUTABLE, startTestDaemon } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { generateKeys } from "../rig/keys.ts";
import { startLogged } from "../rig/logged-process.ts";
import { STAND_IN } from "../rig/programs.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { until } from "../rig/until.ts";
import { sampleConfig } from "../tunnels/wireproxy/config/sample-config.ts";

const start = () => startTestDaemon({ environment: { WPDAEMON_WIREPROXY: STAND_IN } });

test("available_confs lists regular .conf files alone, in byte order", async () => {
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

test("a missing config and a path out of the folder get the same answer", async () => {
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

test("a config that could carry nothing is refused before anything is started, on the line and by the command", async () => {
  await using daemon = await start();
  const { privateKey, publicKey } = generateKeys();
  const text = (own: string, peer: string) =>
    `[Interface]\nPrivateKey = ${privateKey}\n${own}\n[Peer]\nPublicKey = ${publicKey}\nEndpoint = 192.0.2.1:1\n${peer}\n[Socks5]\nBindAddress = 127.0.0.1:25344\n`;
  const faults = {
    noaddress: [text("", ""), "noaddress.conf:1: Address is missing"],
    amnezia: [text("Address = 10.0.0.2\nJc = 4\nH1 = 1755269708", ""), "AmneziaWG"],
    families: [text("Address = 10.0.0.2", "AllowedIPs = ::/0"), "families.conf:7: AllowedIPs has no IPv4 network"],
  } as const;
  for (const [name, [config, reason]] of Object.entries(faults)) {
    daemon.writeConfig(`${name}.conf`, config);
    expect((await daemon.ask(`spin_up:${name}`)).error).toContain(reason);
    const { code, complaint } = await callWpdaemon(daemon.home, ["config", "check", name]);
    expect([code, complaint.includes(reason)]).toEqual([1, true]);
  }
  expect((await daemon.ask("state:")).result?.["running"]).toBe(false);
});

test("a password that wireproxy would cut at # or ; is warned of at import and by check, and never shown", async () => {
  await using daemon = await start();
  const source = `${daemon.home}/cut.conf`;
  writeFileSync(source, `${sampleConfig()}Username = me\nPassword = pa#ss;word\n`);
  for (const words of [
    ["import", source],
    ["check", "cut"],
  ]) {
    const { code, output, complaint } = await callWpdaemon(daemon.home, ["config", ...words]);
    expect([words[0], code, output + complaint]).toEqual([
      words[0],
      0,
      expect.stringContaining("the # or ; on this line ends the value"),
    ]);
    expect(output + complaint).not.toContain("pa#");
  }
});

test("a config that would open the network a way in without a password is refused", async () => {
  await using daemon = await start();
  const keys = generateKeys();
  const text = (listener: string) =>
    `[Interface]\nPrivateKey = ${keys.privateKey}\nAddress = 10.0.0.2\n[Peer]\nPublicKey = ${keys.publicKey}\nEndpoint = 192.0.2.1:51820\n[Socks5]\n${listener}`;
  daemon.writeConfig("open.conf", text("BindAddress = 0.0.0.0:18080\n"));
  daemon.writeConfig("unset.conf", text("BindAddress = 127.0.0.1:18080\nUsername = $WPDAEMON_NOT_SET\nPassword = x\n"));
  expect((await daemon.ask("spin_up:open")).error).toContain("open.conf:8: ");
  expect((await daemon.ask("spin_up:unset")).error).toContain("unset.conf:9: ");
});

test("a listener beyond loopback without a password is brought up where the settings allow it, and check and doctor warn of it", async () => {
  await using daemon = await startTestDaemon({
    environment: { WPDAEMON_WIREPROXY: STAND_IN },
    settings: "listen: { beyond_loopback: true }\n",
  });
  const keys = generateKeys();
  const port = freePort();
  const file = join(daemon.home, "open.conf");
  writeFileSync(
    file,
    `[Interface]\nPrivateKey = ${keys.privateKey}\nAddress = 10.0.0.2\nDNS = 10.0.0.1\n[Peer]\nPublicKey = ${keys.publicKey}\nEndpoint = 127.0.0.1:9\n[Socks5]\nBindAddress = 0.0.0.0:${port}\n`,
  );
  const call = (...words: string[]) => callWpdaemon(daemon.home, words);
  expect(await call("config", "import", file)).toMatchObject({ code: 0 });
  const told = "open.conf:9: this listener is open to the network without a password, as listen.beyond_loopback allows";
  expect(await call("config", "check", "open")).toMatchObject({ code: 0, complaint: expect.stringContaining(told) });
  expect((await call("doctor")).output).toContain(told);
  expect((await daemon.ask("spin_up:open")).error).toBeNull();
  // By the environment too, which beats the file.
  const forbidden = await callWpdaemon(daemon.home, ["config", "check", "open"], { WPDAEMON_BEYOND_LOOPBACK: "false" });
  expect([forbidden.code, forbidden.complaint]).toEqual([
    1,
    expect.stringContaining("listen: { beyond_loopback: true }"),
  ]);
});

test("check and doctor warn of a wireproxy whose SOCKS library opens UDP to anybody, and of no other", async () => {
  using home = temporaryFolder();
  const writeProgram = (version: string) => {
    const path = join(home.path, `wireproxy-${version}`);
    writeFileSync(path, `#!/bin/sh\n# dep\tgithub.com/things-go/go-socks5\tv${version}\th1:\n`, { mode: 0o755 });
    return path;
  };
  const { privateKey, publicKey } = generateKeys();
  const file = join(home.path, "us.conf");
  const text = `[Interface]\nPrivateKey = ${privateKey}\nAddress = 10.0.0.2/32\nDNS = 10.0.0.1\n[Peer]\nPublicKey = ${publicKey}\nEndpoint = 192.0.2.1:1\n`;
  writeFileSync(file, text);
  expect(await callWpdaemon(home.path, ["config", "import", file])).toMatchObject({ code: 0 });
  for (const [path, isTold] of [
    [writeProgram("0.0.5"), true],
    [writeProgram("0.1.3"), false],
  ] as const) {
    for (const words of [["config", "check", "us"], ["doctor"]]) {
      const { output, complaint } = await callWpdaemon(home.path, words, { WPDAEMON_WIREPROXY: path });
      expect((output + complaint).includes("open a UDP port on all addresses, to anybody")).toBe(isTold);
    }
  }
});

test("each change of a config is told once, whoever makes it, with nothing of what is in it", async () => {
  await using daemon = await start();
  const folder = join(daemon.home, "wireproxy_confs");
  const [file, draft] = [join(folder, "us.conf"), join(daemon.home, "draft")];
  const { privateKey, publicKey } = generateKeys();
  const socks = `[Socks5]\nBindAddress = 127.0.0.1:${freePort()}\n`;
  const text = `[Interface]\nPrivateKey = ${privateKey}\nAddress = 10.0.0.2\n[Peer]\nPublicKey = ${publicKey}\nEndpoint = 127.0.0.1:9\n${socks}`;
  const url = /Event stream on (ws:\S+)/.exec(daemon.output())?.[1] ?? "";
  const follow = ["events", "--types", "config_changed", "--since", "0", "--url", url, "--home", daemon.home];
  using events = startLogged([EXECUTABLE, ...follow]);
  const told = () => [...events.output().matchAll(/config_changed +- +config (.*)/g)].map(([, what]) => what);
  const goesOn = "its tunnel goes on as it was until it is started anew";
  const steps: readonly (readonly [string, () => unknown])[] = [
    [
      "us was added",
      () => {
        writeFileSync(draft, text);
        return callWpdaemon(daemon.home, ["config", "add", "us", "--file", draft]);
      },
    ],
    ["us was changed", () => appendFileSync(file, "# and a line\n")],
    [
      `us was changed; ${goesOn}`,
      async () => {
        expect((await daemon.ask("spin_up:us")).error).toBeNull();
        // Not a change.
        utimesSync(file, new Date(), new Date());
        writeFileSync(`${file}~`, "as an editor does");
        writeFileSync(draft, text);
        renameSync(draft, file);
      },
    ],
    [`us was removed; ${goesOn}`, () => callWpdaemon(daemon.home, ["config", "remove", "us"])],
    ["eu was added", () => writeFileSync(join(folder, "eu.conf"), "")],
    ["eu was removed", () => rmSync(folder, { recursive: true })],
    [
      "eu was added",
      () => {
        writeFileSync(draft, text);
        return callWpdaemon(daemon.home, ["config", "import", draft, "--name", "eu"]);
      },
    ],
  ];
  for (const [index, [what, change]] of steps.entries()) {
    await change();
    await until(what, () => told().length > index);
  }
  expect(told()).toEqual(steps.map(([what]) => what));
  for (const output of [events.output(), daemon.output(), daemon.readLog(`${daemon.home}/wp-server-logs/audit.log`)]) {
    expect(output).not.toContain(privateKey);
  }
  events.kill("SIGTERM");
  await events.ended;
});

test("status and doctor say that a running tunnel's config was changed, also over a restart of the daemon, until the tunnel is started anew", async () => {
  await using daemon = await start();
  const { privateKey, publicKey } = generateKeys();
  const text = `[Interface]\nPrivateKey = ${privateKey}\nAddress = 10.0.0.2\nDNS = 10.0.0.1\n[Peer]\nPublicKey = ${publicKey}\nEndpoint = 127.0.0.1:9\n[Socks5]\nBindAddress = 127.0.0.1:${freePort()}\n`;
  const file = daemon.writeConfig("us.conf", text);
  const call = async (...words: string[]) => (await callWpdaemon(daemon.home, words)).output;
  const isTold = async () =>
    (await call("status")).includes("us: its config was changed since it was brought up") &&
    (await call("doctor")).includes("wpdaemon restart us");
  expect((await daemon.ask("spin_up:us")).error).toBeNull();
  // The daemon hears of the new file after it has read it.
  await until("the new file is noted", () =>
    daemon.readLog(`${daemon.home}/wp-server-logs/audit.log`).includes("us.conf was added"),
  );
  expect(await isTold()).toBe(false);
  expect(await call("status")).not.toContain("its config");
  appendFileSync(file, "# another line\n");
  await until("the change is told", isTold);
  await daemon.end("SIGKILL");
  await daemon.start();
  await until("the next daemon tells it too", isTold);
  expect(await callWpdaemon(daemon.home, ["restart", "us"])).toMatchObject({ code: 0 });
  expect(await isTold()).toBe(false);
  rmSync(file);
  await until("that it is gone is told", async () => (await call("status")).includes("us: its config was removed"));
});

test("`config edit --restart` restarts the tunnel that is up with what was written, on its new port", async () => {
  await using daemon = await start();
  const [former, next] = [freePort(), freePort()];
  daemon.writeConfig("us.conf", sampleConfig({ rest: `[Socks5]\nBindAddress = 127.0.0.1:${former}` }));
  expect((await daemon.ask("spin_up:us")).error).toBeNull();
  const words = ["config", "edit", "us", "--restart"];
  const edited = await callWpdaemon(daemon.home, words, { EDITOR: `sed -i.bak s/${former}/${next}/` });
  expect(edited).toMatchObject({ code: 0, output: expect.stringContaining(`socks5  127.0.0.1:${next}`) });
});

test("`status` marks a tunnel whose config was changed, and shows the end of the log of the one that is named", async () => {
  await using daemon = await start();
  const text = sampleConfig({ rest: `[Socks5]\nBindAddress = 127.0.0.1:${freePort()}` });
  daemon.writeConfig("us.conf", text);
  expect((await daemon.ask("spin_up:us")).error).toBeNull();
  daemon.writeConfig("us.conf", `${text}# changed\n`);
  const show = async (...words: readonly string[]) => (await callWpdaemon(daemon.home, ["status", ...words])).output;
  await until("it is marked", async () => (await show()).includes("us (config changed)  running"));
  expect(await show("us")).toMatch(/\n\n\/.+_us\.log\n.+/);
});
