import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../rig/free-port.ts";
import { anonymousMegabytes } from "../../rig/memory.ts";
import { accepts } from "../../rig/socks.ts";
import { until } from "../../rig/until.ts";
import { type Figure, median } from "../figure.ts";
import { cpuSeconds } from "../linksocks/cpu.ts";

/** Debian's programs for the same; one that is missing is left out. */
const OTHERS: Readonly<Record<string, (folder: string, port: number) => readonly string[]>> = {
  tinyproxy(folder, port) {
    const config = join(folder, "tinyproxy.conf");
    writeFileSync(config, `Port ${port}\nListen 127.0.0.1\nAllow 127.0.0.1\nMaxClients 500\nLogLevel Error\n`);
    return ["tinyproxy", "-d", "-c", config];
  },
  privoxy(folder, port) {
    const config = join(folder, "privoxy.conf");
    writeFileSync(
      config,
      `confdir ${folder}\nlogdir ${folder}\nlisten-address 127.0.0.1:${port}\nkeep-alive-timeout 60\n`,
    );
    return ["privoxy", "--no-daemon", config];
  },
};

const WAYS: Readonly<Record<string, (port: number) => readonly string[]>> = {
  "HTTP, absolute form": (port) => ["-x", `http://127.0.0.1:${port}`],
  "HTTP, CONNECT": (port) => ["-p", "-x", `http://127.0.0.1:${port}`],
  SOCKS5: (port) => ["--socks5-hostname", `127.0.0.1:${port}`],
};

/** Transfers, bytes of each, and requests on connections of their own. */
export interface ProxiesPlan {
  readonly transfers: number;
  readonly megabytes: number;
  readonly requests: number;
}

export const FULL: ProxiesPlan = { transfers: 5, megabytes: 1_024, requests: 500 };
export const QUICK: ProxiesPlan = { transfers: 1, megabytes: 256, requests: 50 };

/** What a tunnel's port costs beside tinyproxy and privoxy, with curl in front and a page behind. */
export async function measureProxies(
  folder: string,
  plan: ProxiesPlan,
  tell: (progress: string) => void,
): Promise<readonly Figure[]> {
  const size = plan.megabytes * 1e6;
  const page = new Uint8Array(size);
  using web = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => new Response(request.url.endsWith("/short") ? "short" : page),
  });
  const commands = { ours: ownProxy, ...OTHERS };
  const figures: Figure[] = [];
  for (const [by, command] of Object.entries(commands)) {
    const port = freePort();
    const words = command(folder, port);
    if (Bun.which(words[0] ?? "") === null) continue;
    const proxy = Bun.spawn([...words], { stdout: "ignore", stderr: "ignore" });
    try {
      await until(`${by} accepts`, () => accepts(port));
      for (const [name, way] of Object.entries(WAYS)) {
        if (by !== "ours" && name === "SOCKS5") continue;
        tell(`${by}: ${name}`);
        figures.push(...(await measureWay({ by, name, words: way(port), url: web.url.href, pid: proxy.pid }, plan)));
      }
    } finally {
      proxy.kill();
      await proxy.exited;
    }
  }
  // Each row of ours, and below it the same of the others.
  const names = [...new Set(figures.map(({ name }) => name))];
  return names.flatMap((name) => figures.filter((figure) => figure.name === name));
}

function ownProxy(_: string, port: number): readonly string[] {
  return [process.execPath, join(import.meta.dir, "own-proxy.ts"), String(port)];
}

interface Way {
  readonly by: string;
  readonly name: string;
  /** For curl. */
  readonly words: readonly string[];
  readonly url: string;
  readonly pid: number;
}

async function measureWay({ by, name, words, url, pid }: Way, plan: ProxiesPlan): Promise<readonly Figure[]> {
  const speeds: number[] = [];
  const costs: (number | undefined)[] = [];
  for (let transfer = 0; transfer < plan.transfers; transfer += 1) {
    const [before, began] = [cpuSeconds([pid]), performance.now()];
    await curl([...words, "-o", "/dev/null", url]);
    speeds.push((plan.megabytes * 1_000) / (performance.now() - began));
    const after = cpuSeconds([pid]);
    costs.push(before === undefined || after === undefined ? undefined : ((after - before) * 1_000) / plan.megabytes);
  }
  const began = performance.now();
  const short = ["-o", "/dev/null", `${url}short`];
  await curl([...words, "-H", "Connection: close", ...Array.from({ length: plan.requests }, () => short).flat()]);
  const rate = (plan.requests * 1_000) / (performance.now() - began);
  const row = { group: "HTTP and SOCKS proxies", ...(by === "ours" ? {} : { by }) };
  return [
    { ...row, name: `${name}, one stream`, unit: "MB/s", value: median(speeds) },
    { ...row, name: `${name}, CPU`, unit: "s/GB", value: median(costs) },
    { ...row, name: `${name}, requests on connections of their own`, unit: "/s", value: rate },
    { ...row, name: `${name}, memory of its own afterwards`, unit: "MB", value: anonymousMegabytes(pid) },
  ];
}

async function curl(words: readonly string[]): Promise<void> {
  const child = Bun.spawn(["curl", "-sSf", "-m", "300", ...words], { stdout: "ignore", stderr: "inherit" });
  if ((await child.exited) !== 0) throw new Error(`curl ended with ${child.exitCode}`);
}
