import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callWpdaemon } from "../rig/command-line.ts";
import { startTestDaemon, type TestDaemon } from "../rig/daemon-process.ts";
import { generateKeys } from "../rig/keys.ts";
import { STAND_IN } from "../rig/programs.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { below, changeBytes, pick, type Random } from "./random.ts";

/** Files that the program reads, each changed at random: what gives the number that was tried, and how many make a short run. */
export const FILE_FUZZERS = {
  "configs that are imported": { fuzz: fuzzConfigs, few: 80 },
  "the settings": { fuzz: fuzzSettings, few: 8 },
  "the state file": { fuzz: fuzzState, few: 6 },
} as const;

const CONFIGS = 40;
const environment = { WPDAEMON_WIREPROXY: STAND_IN };

/** What a text may be changed by, whatever it is. */
const PIECES = [
  "\n",
  "[",
  "]",
  "=",
  " = ",
  "#",
  ";",
  "\\\n",
  '"',
  "`",
  "$HOME",
  "%(a)s",
  "\u0000",
  "\u001b[2J",
  "é",
  "{",
  "}",
  "- ",
  ": ",
  "&a ",
  "*a",
  "!!",
  "9".repeat(400),
  "x".repeat(70_000),
];

async function fuzzConfigs(random: Random): Promise<number> {
  using folder = temporaryFolder();
  const home = join(folder.path, "home");
  const source = join(folder.path, "source");
  for (const path of [home, source]) mkdirSync(path);
  for (let count = 0; count < CONFIGS; count += 1) {
    const text = pick([wireguardConfig(), LINKSOCKS], random) ?? "";
    writeFileSync(join(source, `c${count}.conf`), changeText(text, random));
  }
  expectSense(await callWpdaemon(home, ["config", "import", source]));
  expectSense(await callWpdaemon(home, ["config", "list"]));
  await using daemon = await startTestDaemon({ home, environment });
  const { result, error } = await daemon.ask("available_confs:");
  if (error !== null) throw new Error(error);
  expectSense(await callWpdaemon(home, ["status"]));
  expectSense(await callWpdaemon(home, ["doctor"]));
  for (const config of [result?.["configs"]].flat().slice(0, 5)) await daemon.ask(`spin_up:${config}`);
  await daemon.ask("spin_down:");
  return CONFIGS;
}

async function fuzzSettings(random: Random): Promise<number> {
  using folder = temporaryFolder();
  const ours = join(folder.path, "wpdaemon");
  mkdirSync(ours, { mode: 0o700 });
  writeFileSync(join(ours, "config.yaml"), changeText(SETTINGS, random), { mode: 0o600 });
  expectSense(await callWpdaemon(folder.path, ["doctor"]));
  // It serves, or says why not.
  const started = await startTestDaemon({ home: folder.path, environment }).catch((error: unknown) => String(error));
  if (typeof started === "string") {
    if (!/the daemon ended with (?!70)\d+: /.test(started) || NONSENSE.test(started)) throw new Error(started);
  } else await started[Symbol.asyncDispose]();
  return 1;
}

async function fuzzState(random: Random): Promise<number> {
  using folder = temporaryFolder();
  const stranger = Bun.spawn(["sleep", "600"]);
  try {
    await using daemon = await startTestDaemon({ home: folder.path, environment });
    daemon.writeConfig("a.conf", wireguardConfig());
    await daemon.ask("spin_up:a");
    const path = join(folder.path, "wpdaemon/state.json");
    const child = Number((await daemon.ask("state:")).result?.["pid"]);
    await daemon.end("SIGKILL");
    const text = readFileSync(path, "utf8");
    const told = random() < 0.3 ? text.replaceAll(`"pid": ${child}`, `"pid": ${stranger.pid}`) : text;
    writeFileSync(path, changeText(told, random), { mode: 0o600 });
    await daemon.start();
    await expectAnswers(daemon);
    if (stranger.exitCode !== null || stranger.signalCode !== null) throw new Error("a stranger was signalled");
    if (child > 0) killIfThere(child);
    return 1;
  } finally {
    stranger.kill("SIGKILL");
    await stranger.exited;
  }
}

async function expectAnswers(daemon: TestDaemon): Promise<void> {
  const { error } = await daemon.ask("state:");
  if (error !== null) throw new Error(error);
  expectSense(await callWpdaemon(daemon.home, ["status"]));
}

/** Who is not known any more is nobody's. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was found, and ended.
  }
}

/** A defect, or what a defect looks like. */
const NONSENSE = /defect of wpdaemon|^\s+at .*[:(]|undefined is not|is not a function|Cannot read/m;

function expectSense({
  code,
  output,
  complaint,
}: {
  readonly code: number;
  readonly output: string;
  readonly complaint: string;
}): void {
  const text = output + complaint;
  if ((code > 69 && code !== 78) || NONSENSE.test(text)) throw new Error(`exit code ${code}:\n${text}`);
  if (text.includes("\u001b")) throw new Error(`a control character was shown:\n${JSON.stringify(text)}`);
}

function changeText(text: string, random: Random): Uint8Array {
  let changed = text;
  for (let change = below(4, random); change > 0; change -= 1) {
    const at = below(changed.length + 1, random);
    const gone = random() < 0.5 ? 0 : below(12, random);
    changed = changed.slice(0, at) + (pick(PIECES, random) ?? "") + changed.slice(at + gone);
  }
  const bytes = Buffer.from(changed);
  return random() < 0.2 ? changeBytes(bytes, random) : bytes;
}

function wireguardConfig(): string {
  const [own, other] = [generateKeys(), generateKeys()];
  return `[Interface]
PrivateKey = ${own.privateKey}
Address = 10.0.0.2/32, fd00::2/128
DNS = 10.0.0.1
MTU = 1420
[Peer]
PublicKey = ${other.publicKey}
Endpoint = 127.0.0.1:9
AllowedIPs = 0.0.0.0/0
PersistentKeepalive = 25
[Socks5]
BindAddress = 127.0.0.1:25344
Username = me
Password = secret
`;
}

const LINKSOCKS = `[LinkSocks]
Url = ws://127.0.0.1:9
Token = token
Threads = 2
Header = X-Words: words
Deny = 10.0.0.0/8
Allow = example.com:443
[Socks5]
BindAddress = 127.0.0.1:25344
`;

const SETTINGS = `line: { port: 23888 }
stream: { enabled: true, port: 8765, origins: [ "https://desk.example" ] }
wireproxy:
  mirror: https://example.net/wireproxy
tunnels:
  a: { autostart: false, socks: 25345, failover: [ b ], probe: "http://10.0.0.1/", recover: true }
`;
