// `make demo`: a way out that needs nothing but this program, on this machine alone. An exit of our own (a LinkSocks
// server), the daemon with a tunnel to it, and a page that a small web server gives, fetched through the tunnel.

import { readFileSync } from "node:fs";
import { EXECUTABLE, startTestDaemon } from "../tests/rig/daemon-process.ts";
import { freePort } from "../tests/rig/free-port.ts";
import { startLogged } from "../tests/rig/logged-process.ts";
import { accepts, fetchThroughSocks } from "../tests/rig/socks.ts";
import { until } from "../tests/rig/until.ts";

const TOKEN = "demo-token";

const web = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("Hello from behind the tunnel.\n") });
const [exitPort, socksPort] = [freePort(), freePort()];
const words = ["linksocks", "server", "-H", "127.0.0.1", "-P", String(exitPort), "-t", TOKEN];
using exit = startLogged([EXECUTABLE, ...words]);
await until("the exit accepts", () => accepts(exitPort));
print(`The exit: wpdaemon ${words.join(" ")}`);

await using daemon = await startTestDaemon();
const config = `[LinkSocks]
Url = ws://127.0.0.1:${exitPort}
Token = ${TOKEN}

[Socks5]
BindAddress = 127.0.0.1:${socksPort}
`;
print(`The tunnel, ${daemon.writeConfig("us-east.conf", config)}:\n\n${config.trim()}`);
print(`The daemon serves 127.0.0.1:${daemon.port}.`);
await show("available_confs:");
await show("spin_up:us-east");
const url = `http://127.0.0.1:${web.port}/`;
print(`curl --socks5-hostname 127.0.0.1:${socksPort} ${url}`);
process.stdout.write(await fetchThroughSocks(socksPort, url));
const log = String((await show("state:")).result?.["log_file"]);
await show("spin_down:");
print(`The session log, ${log}:\n\n${readFileSync(log, "utf8").trimEnd()}`);
exit.kill("SIGTERM");
await exit.ended;
await web.stop(true);

async function show(line: string) {
  print(`→ ${line}`);
  const reply = await daemon.ask(line);
  console.log(`← ${JSON.stringify(reply)}`);
  if (reply.error !== null) throw new Error(`the demo failed at ${line}`);
  return reply;
}

function print(text: string): void {
  console.log(`\n${text}`);
}
