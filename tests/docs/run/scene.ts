import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { EXECUTABLE } from "../../rig/daemon-process.ts";
import { startFarEnd } from "../../rig/far-end.ts";
import { freePort } from "../../rig/free-port.ts";
import { STAND_IN } from "../../rig/programs.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";
import { ROOT } from "../read-page.ts";

const PYTHON = join(ROOT, ".tools/python/bin/python");

/** For a machine without netcat: `nc -N HOST PORT`. */
const NETCAT = `#!${PYTHON}
import socket, sys
link = socket.create_connection((sys.argv[-2], int(sys.argv[-1])))
link.sendall(sys.stdin.buffer.read())
link.shutdown(socket.SHUT_WR)
while data := link.recv(65536): sys.stdout.buffer.write(data)
`;

/** How long a command may take to print what its page shows. */
const DEADLINE_MS = 60_000;

/** Commands that change nothing: what they tell may take a moment to become true. */
const LOOKS = /^(wpdaemon (status|list|doctor$|events|trader|logs)|curl -s |echo |cat |python3 |tail )/;

/** Commands that go on until somebody ends them. */
const FOLLOWS = /^(wpdaemon (events( --|$)|trader|logs .*-f)|python3 |curl -sN )/;

/**
 * The machine that a page speaks of: a home folder with the program on its PATH, two configs of a VPN provider in
 * Downloads, a WireGuard far end, a web server behind it, and whatever the page starts at the other end of a link. Pages
 * use the real ports and names; `translate` puts others in their place, and `shown` puts them back in what is printed.
 */
export interface Scene {
  readonly home: string;
  translate(text: string): string;
  /** Writes a file. `~` is the home. */
  write(path: string, text: string): void;
  /** Runs a command that ends by itself. */
  run(command: string): Promise<{ readonly code: number; readonly output: string }>;
  /** Runs a command until its output satisfies; one that goes on then is ended. @returns its last output. */
  runUntil(command: string, satisfies: (output: string) => boolean): Promise<string>;
  /** Starts a command at the other end, which goes on. */
  startOutside(command: string, satisfies: (output: string) => boolean): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function createScene(): Promise<Scene> {
  const folder = temporaryFolder();
  const home = folder.path;
  const farEnd = await startFarEnd();
  const web = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response("Hello from behind the tunnel.\n"),
  });
  const first = neighbouringPorts();
  const ports: readonly (readonly [number, number])[] = [
    [23_888, freePort()],
    [8_765, freePort()],
    [25_344, freePort()],
    [25_345, first],
    [25_346, first + 1],
    [8_090, freePort()],
    [9_870, freePort()],
  ];
  const exitPort = freePort();
  const names: readonly (readonly [string, string])[] = [
    ["wss://exit.example.com", `wss://localhost:${exitPort}`],
    ["-P 443", `-P ${exitPort}`],
    ["wss://0.0.0.0:443", `wss://0.0.0.0:${exitPort}`],
    ["exit.example.com", "localhost"],
    ["http://example.com", `http://localhost:${web.port}`],
    ["vpn.example.com:51820", farEnd.endpoint],
  ];
  const outside: Bun.Subprocess[] = [];
  const environment = prepare();

  return {
    home,
    translate,
    write(path, text) {
      const target = join(home, path.replace(/^~\//, ""));
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
      writeFileSync(target, `${text}\n`, { mode: 0o600 });
    },
    async run(command) {
      const { child, output } = start(command);
      const code = await child.exited;
      return { code, output: output() };
    },
    async runUntil(command, satisfies) {
      let seen = "";
      const attempt = async () => {
        const { child, output } = start(command);
        const isOver = () => child.exitCode !== null || child.signalCode !== null;
        const isDone = () => isOver() || (FOLLOWS.test(command) && satisfies(output()));
        await until("it ends", isDone, DEADLINE_MS).catch(() => undefined);
        if (!isOver()) end(child);
        await child.exited;
        seen = output();
        return satisfies(seen) || !LOOKS.test(command);
      };
      await until("it prints that", attempt, DEADLINE_MS).catch(() => undefined);
      return seen;
    },
    async startOutside(command, satisfies) {
      const { child, output } = start(command);
      outside.push(child);
      const isOver = () => child.exitCode !== null || child.signalCode !== null;
      await until("it prints that", () => isOver() || satisfies(output()), DEADLINE_MS).catch(() => undefined);
      return output();
    },
    async [Symbol.asyncDispose]() {
      await start("wpdaemon stop").child.exited;
      for (const child of outside) {
        end(child);
        await child.exited;
      }
      await web.stop(true);
      await farEnd[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };

  function translate(text: string): string {
    const named = names.reduce((sofar, [page, real]) => sofar.replaceAll(page, real), text);
    return ports.reduce((sofar, [page, real]) => sofar.replace(new RegExp(`\\b${page}\\b`, "g"), `${real}`), named);
  }

  function shown(output: string): string {
    const back = ports.reduce((sofar, [page, real]) => sofar.replaceAll(`${real}`, `${page}`), output);
    const named = names
      .filter(([, real]) => real !== "localhost")
      .reduce((sofar, [page, real]) => sofar.replaceAll(real, page), back);
    return named.replaceAll(home, "/home/me").replaceAll("wss://localhost/", "wss://exit.example.com/");
  }

  function prepare(): Record<string, string | undefined> {
    const bin = join(home, "bin");
    mkdirSync(bin);
    mkdirSync(join(home, "Downloads"));
    writeProgram(join(bin, "wpdaemon"), describeProgram(ports[2]?.[1] ?? 0));
    writeProgram(join(bin, "python3"), `#!/bin/sh\nexec ${PYTHON} "$@"\n`);
    if (Bun.which("nc") === null) writeProgram(join(bin, "nc"), NETCAT);
    const settings = join(home, ".argus/wpdaemon/config.yaml");
    mkdirSync(dirname(settings), { recursive: true, mode: 0o700 });
    chmodSync(join(home, ".argus"), 0o700);
    writeFileSync(settings, `socks: { from: ${first}, to: ${first + 1} }\n`, { mode: 0o600 });
    ["us-east", "eu-west"].forEach((name, client) => {
      const { text } = farEnd.config({ client });
      writeFileSync(join(home, `Downloads/${name}.conf`), text.slice(0, text.indexOf("\n[Socks5]")), { mode: 0o600 });
    });
    return {
      PATH: `${bin}:${process.env["PATH"]}`,
      HOME: home,
      LANG: "C.UTF-8",
      WPDAEMON_PORT: `${ports[0]?.[1]}`,
      WPDAEMON_STREAM_PORT: `${ports[1]?.[1]}`,
      WPDAEMON_WIREPROXY: STAND_IN,
    };
  }

  /** Its output goes to a file, which a daemon that it leaves behind cannot keep open. */
  function start(command: string) {
    const path = join(home, "bin", `output-${crypto.randomUUID()}`);
    const file = openSync(path, "a", 0o600);
    const child = Bun.spawn(["bash", "-c", translate(command)], {
      cwd: home,
      env: environment,
      stdin: "ignore",
      stdout: file,
      stderr: file,
      detached: true,
    });
    closeSync(file);
    return { child, output: () => (existsSync(path) ? shown(readFileSync(path, "utf8")) : "") };
  }
}

/** The compiled program. What it imports gets the port that stands for 25344 here. */
function describeProgram(socksPort: number): string {
  return `#!/bin/sh
case "$1 $2" in
  "config import" | "config add") ;;
  *) exec '${EXECUTABLE}' "$@" ;;
esac
'${EXECUTABLE}' "$@"
code=$?
sed -i.before 's/127\\.0\\.0\\.1:25344/127.0.0.1:${socksPort}/' "$HOME"/.argus/wireproxy_confs/*.conf 2>/dev/null
rm -f "$HOME"/.argus/wireproxy_confs/*.before
exit $code
`;
}

function end(child: Bun.Subprocess): void {
  try {
    // With all that it has started: it leads a group of its own.
    process.kill(-child.pid, "SIGTERM");
  } catch {
    // Gone already.
  }
}

function writeProgram(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o755 });
}

function neighbouringPorts(): number {
  for (;;) {
    const [first, second] = [freePort(), freePort()];
    if (second === first + 1) return first;
  }
}
