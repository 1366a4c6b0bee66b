// Run in a network namespace of its own by network.test.ts: the way to the far end is lost and comes back.

import { callWpdaemon } from "../rig/command-line.ts";
import { startTestDaemon } from "../rig/daemon-process.ts";
import { startFarEnd } from "../rig/far-end.ts";
import { STAND_IN } from "../rig/programs.ts";
import { fetchThroughSocks } from "../rig/socks.ts";
import { until } from "../rig/until.ts";

const FAR_END = "127.5.5.5";

run("ip link set lo up");
await using farEnd = await startFarEnd(FAR_END);
await using daemon = await startTestDaemon({ environment: { WPDAEMON_WIREPROXY: STAND_IN } });
const web = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("page") });
const { text, socksPort } = farEnd.config();
daemon.writeConfig("us-east.conf", text);
const up = await daemon.ask("spin_up:us-east");
await until("it carries", carries);

run(`ip route add throw ${FAR_END} table local`);
let wanting = true;
const client = (async () => {
  while (wanting) await carries();
})();
await until("it is told", async () => (await health()) === "down");
const lost = await tunnel();
run(`ip route del throw ${FAR_END} table local`);
await until("it carries again", carries);
wanting = false;
await client;
await until("it is told healthy", async () => (await health()) === "healthy");
const { result } = await daemon.ask("state:");
await web.stop(true);
console.log(JSON.stringify({ lost, samePid: result?.["pid"] === up.result?.["pid"] }));

function run(command: string): void {
  const done = Bun.spawnSync(command.split(" "));
  if (done.exitCode !== 0) throw new Error(`${command}: ${done.stderr}`);
}

async function carries(): Promise<boolean> {
  return await fetchThroughSocks(socksPort, `http://${farEnd.address}:${web.port}/`, 5).then(
    (body) => body === "page",
    () => false,
  );
}

async function health(): Promise<unknown> {
  return (await daemon.ask("state:")).result?.["health"];
}

async function tunnel(): Promise<unknown> {
  return JSON.parse((await callWpdaemon(daemon.home, ["status", "--json"])).output).tunnels[0];
}
