import { probeThrough } from "../../src/tunnels/health/probe.ts";
import { findProcesses } from "../rig/processes.ts";
import { accepts } from "../rig/socks.ts";
import { until } from "../rig/until.ts";
import { type Figure, median } from "./figure.ts";
import { type OwnProgram, startOwnDaemon } from "./own-daemon.ts";
import { startPage } from "./page.ts";
import { findPm2 } from "./pm2.ts";
import { findRunit } from "./runit.ts";
import type { Scene } from "./scene.ts";
import type { Supervisor } from "./supervisor.ts";

/** How long a child lives before it is killed, in milliseconds: some supervisors make a child that lived less wait. */
const LIVES = [
  { name: "kill -9 → accepting again", lives: 1_200 },
  { name: "kill -9 → accepting again, 0.2 s after a start", lives: 200 },
] as const;

const BACK_WITHIN_MS = 20_000;
const POLL_EVERY_MS = 0.5;

/** How long a wireproxy that was killed is missed, kept by us and by what people use otherwise. */
export async function measureKills(own: OwnProgram, scene: Scene): Promise<readonly Omit<Figure, "group">[]> {
  const supervisors = [ours(own, scene), findRunit(scene, own.folder), await findPm2(scene, own.folder)];
  const figures: Omit<Figure, "group">[] = [];
  for (const { name, lives } of LIVES) {
    for (const { by, start, note } of supervisors) {
      const row = {
        name,
        unit: "ms",
        ...(by === undefined ? {} : { by }),
        ...(note === undefined ? {} : { note }),
      } as const;
      const value = start === undefined ? undefined : median(await killAgainAndAgain({ by, start }, lives, scene));
      figures.push({ ...row, value });
    }
  }
  return figures;
}

function ours(own: OwnProgram, { config, configName }: Scene): Supervisor {
  return {
    by: undefined,
    async start() {
      const daemon = await startOwnDaemon(own, { [configName]: config.text });
      await daemon.up([configName]);
      return {
        configFile: daemon.configFile(configName),
        [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
      };
    },
  };
}

/** @returns milliseconds of each round. */
async function killAgainAndAgain(
  { by, start }: Pick<Supervisor, "by" | "start">,
  lives: number,
  { plan, tell, farEnd, config: { socksPort } }: Scene,
): Promise<readonly number[]> {
  await using page = startPage();
  await using supervised = await start();
  const samples: number[] = [];
  const socks = { host: "127.0.0.1", port: socksPort };
  const url = `http://${farEnd.address}:${page.port}/`;
  for (let round = 1; round <= plan.killRounds; round += 1) {
    tell(`${by ?? "wpdaemon"}: kill ${round} of ${plan.killRounds}`);
    await until("it accepts", () => accepts(socksPort));
    const since = performance.now();
    // A child that is of no use to anybody is not what is measured.
    await until("it carries", async () => (await probeThrough(socks, url, 2_000)) === "ok", BACK_WITHIN_MS);
    await Bun.sleep(Math.max(0, since + lives - performance.now()));
    samples.push(await kill(supervised.configFile, socksPort));
  }
  return samples;
}

/** @returns milliseconds from the signal until the next process accepts. */
async function kill(configFile: string, socksPort: number): Promise<number> {
  const [pid, ...others] = findProcesses(configFile);
  if (pid === undefined || others.length > 0) throw new Error(`${others.length + 1} processes have ${configFile}`);
  const began = performance.now();
  process.kill(pid, "SIGKILL");
  // The one that dies may accept for a moment yet.
  await untilAnswer(socksPort, false);
  await untilAnswer(socksPort, true);
  return performance.now() - began;
}

async function untilAnswer(socksPort: number, wanted: boolean): Promise<void> {
  const deadline = performance.now() + BACK_WITHIN_MS;
  while ((await accepts(socksPort)) !== wanted) {
    if (performance.now() > deadline) throw new Error(`nothing accepts on ${socksPort} within ${BACK_WITHIN_MS} ms`);
    // A timer of the runtime knows whole milliseconds only.
    Atomics.wait(PAUSE, 0, 0, POLL_EVERY_MS);
  }
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4));
