import { closeSync, openSync } from "node:fs";
import { isReachable, watchNetwork } from "../../src/platform/network/network-watch.ts";

// A process that tells `change` for each change of its network, and does what its input says, one line each: `reach HOST`
// (answered `true` or `false`), `stop`, or a command for the shell (answered `done`). With the argument `starved` no
// descriptor is left for a socket when the watch starts.
const taken = process.argv[2] === "starved" ? takeAllDescriptors() : [];
const watch = watchNetwork(() => console.log("change"));
for (const descriptor of taken) closeSync(descriptor);
console.log("watching");
for await (const line of console) {
  const [word, host = ""] = line.split(" ");
  if (word === "stop") break;
  // The wait blocks this process, so that all that the command causes is there at once.
  else if (word === "reach") console.log(String(isReachable(host, 51_820)));
  else console.log(Bun.spawnSync(["sh", "-c", line]).success ? "done" : "failed");
}
watch.stop();

function takeAllDescriptors(): readonly number[] {
  const descriptors: number[] = [];
  try {
    for (;;) descriptors.push(openSync("/dev/null", "r"));
  } catch {
    return descriptors;
  }
}
