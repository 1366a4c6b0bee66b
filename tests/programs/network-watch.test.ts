import { expect, test } from "bun:test";
import { join } from "node:path";
import { MAY_SKIP } from "../rig/needs-program.ts";
import { until } from "../rig/until.ts";

test("a watch that is stopped lets the program end", async () => {
  const watcher = startWatcher([]);
  await watcher.say("stop");
  expect(await watcher.ended()).toBe(0);
});

/** A network of its own, in which nobody but the test changes anything. Where the system allows none, see above. */
const namespace = [
  ["unshare", "-n"],
  ["unshare", "-r", "-n"],
].find((command) => succeeds([...command, "ip", "link"]));

const isExcused = process.platform !== "linux" || MAY_SKIP;

if (namespace !== undefined || !isExcused) {
  const prefix = namespace ?? ["unshare", "-n"];

  test("each change is told, and a burst of them once, even one that is lost by its size", async () => {
    const watcher = startWatcher(prefix);
    await watcher.say("ip link set lo up", "done");
    await watcher.hasTold("change", 1);
    await watcher.say("ip addr add 10.9.9.9/24 dev lo && ip route add default via 10.9.9.1", "done");
    await watcher.hasTold("change", 2);
    await watcher.say(
      "for last in $(seq 1 3000); do echo addr add 10.1.$((last / 250)).$((last % 250)) dev lo; done | ip -batch -",
      "done",
    );
    await watcher.hasTold("change", 3);
    await watcher.say("ip link set lo down", "done");
    await watcher.hasTold("change", 4);
    await watcher.say("stop");
    expect(await watcher.ended()).toBe(0);
    expect(watcher.told("change")).toBe(4);
  });

  test("what has no route is not reachable, until it has one", async () => {
    const watcher = startWatcher(prefix);
    await watcher.say("reach 127.0.0.1", "false");
    await watcher.say("ip link set lo up", "done");
    await watcher.say("reach 127.0.0.1", "true");
    await watcher.say("reach 192.0.2.1", "false");
    await watcher.say("reach 2001:db8::1", "false");
    await watcher.say("ip addr add 10.9.9.9/24 dev lo && ip route add default via 10.9.9.1", "done");
    await watcher.say("reach 192.0.2.1", "true");
    await watcher.say("ip -6 route add default dev lo", "done");
    await watcher.say("reach 2001:db8::1", "true");
    await watcher.say("ip route replace unreachable 192.0.2.0/24", "done");
    await watcher.say("reach 192.0.2.1", "false");
    await watcher.say("stop");
    expect(await watcher.ended()).toBe(0);
  });

  test("where no socket can be had, changes are still told", async () => {
    const watcher = startWatcher([...prefix, "sh", "-c", 'ulimit -n 64; exec "$@"', "sh"], "starved");
    await watcher.say("ip link set lo up && ip addr add 10.9.9.9/24 dev lo", "done");
    await watcher.hasTold("change", 1);
    await watcher.say("stop");
    expect(await watcher.ended()).toBe(0);
  });
}

function startWatcher(prefix: readonly string[], ...args: readonly string[]) {
  const watcher = Bun.spawn([...prefix, process.execPath, join(import.meta.dir, "network-watcher.ts"), ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const read = collect();
  const told = (word: string) => lines.filter((line) => line === word).length;
  return {
    told,
    hasTold: (word: string, times: number) => until(`${word} ${times}`, () => told(word) >= times),
    /** Gives it a line once it has started, and waits for the answer. */
    async say(line: string, answer?: string): Promise<void> {
      await until("watching", () => told("watching") === 1);
      const before = answer === undefined ? 0 : told(answer);
      watcher.stdin.write(`${line}\n`);
      watcher.stdin.flush();
      if (answer !== undefined) await until(`${line}: ${answer}`, () => told(answer) > before);
    },
    async ended(): Promise<number> {
      watcher.stdin.end();
      await read;
      return watcher.exited;
    },
  };

  async function collect(): Promise<void> {
    let rest = "";
    for await (const piece of watcher.stdout.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + piece).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
    }
  }
}

function succeeds(command: string[]): boolean {
  try {
    return Bun.spawnSync(command, { stdio: ["ignore", "ignore", "ignore"] }).success;
  } catch {
    return false;
  }
}
