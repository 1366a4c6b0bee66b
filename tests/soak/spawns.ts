import { startTestDaemon } from "../rig/daemon-process.ts";
import { startFarEnd } from "../rig/far-end.ts";
import { anonymousMegabytes, openDescriptors } from "../rig/memory.ts";
import { STAND_IN } from "../rig/programs.ts";
import { until } from "../rig/until.ts";

export interface SpawnReport {
  readonly spawns: number;
  /** The daemon's own memory in MB, after a tenth of the spawns and after all of them. */
  readonly early: number;
  readonly late: number;
  /** Descriptors that are open more at the end than then. */
  readonly descriptors: number;
}

/** Brings tunnels up and down again and again, and watches what that leaves behind in the daemon. */
export async function soakSpawns(spawns: number, onProgress: (done: number) => void = () => {}): Promise<SpawnReport> {
  await using farEnd = await startFarEnd();
  await using daemon = await startTestDaemon({ environment: { WPDAEMON_WIREPROXY: STAND_IN } });
  // Two starts with one key keep a distance of 50 ms: five keys take turns.
  const names = [0, 1, 2, 3, 4].map((client) => {
    daemon.writeConfig(`c${client}.conf`, farEnd.config({ client }).text);
    return `c${client}`;
  });
  let early = { memory: 0, descriptors: 0 };
  for (let spawn = 1; spawn <= spawns; spawn++) {
    const up = await daemon.ask(`spin_up:${names[spawn % names.length]}`);
    if (up.error !== null) throw new Error(`spawn ${spawn}: ${up.error}`);
    const down = await daemon.ask("spin_down:");
    if (down.error !== null) throw new Error(`spawn ${spawn}: ${down.error}`);
    if (spawn === Math.ceil(spawns / 10)) early = look(daemon.pid);
    if (spawn % 100 === 0) onProgress(spawn);
  }
  // The last connection may take a moment to close; one that stays open stays in the report.
  await until("no descriptor too many", () => look(daemon.pid).descriptors <= early.descriptors).catch(() => undefined);
  const late = look(daemon.pid);
  return { spawns, early: early.memory, late: late.memory, descriptors: late.descriptors - early.descriptors };
}

function look(pid: number): { readonly memory: number; readonly descriptors: number } {
  return { memory: anonymousMegabytes(pid), descriptors: openDescriptors(pid) };
}
