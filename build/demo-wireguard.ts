// `make demo-wireguard`: the main job end to end on this machine alone, in a temporary home and on free ports, cleaned up after.
// A far end stands in for a VPN provider; behind it a small web server, reached through 127.0.0.1's SOCKS port.

import { readFileSync } from "node:fs";
import { startTestDaemon } from "../tests/rig/daemon-process.ts";
import { startFarEnd } from "../tests/rig/far-end.ts";
import { findWireproxies } from "../tests/rig/programs.ts";
import { fetchThroughSocks } from "../tests/rig/socks.ts";

const wireproxy = findWireproxies().at(-1);
if (wireproxy === undefined) throw new Error("no wireproxy and no stand-in: run make demo-wireguard, which builds it");
const web = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("Hello from behind the tunnel.\n") });
await using farEnd = await startFarEnd();
await using daemon = await startTestDaemon({ environment: { WPDAEMON_WIREPROXY: wireproxy.path } });
const config = farEnd.config();
daemon.writeConfig("us-east.conf", config.text);

print(`The daemon serves 127.0.0.1:${daemon.port}; its tunnels run on the ${wireproxy.kind}, ${wireproxy.path}.`);
await show("available_confs:");
await show("spin_up:us-east");
const url = `http://${farEnd.address}:${web.port}/`;
print(`curl --socks5-hostname 127.0.0.1:${config.socksPort} ${url}`);
process.stdout.write(await fetchThroughSocks(config.socksPort, url));
const log = String((await show("state:")).result?.["log_file"]);
await show("spin_down:");
print(`The end of the session log, ${log}:`);
console.log(readFileSync(log, "utf8").trimEnd().split("\n").slice(-16).join("\n"));
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
