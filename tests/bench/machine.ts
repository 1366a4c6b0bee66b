import { cpus, loadavg, release, totalmem, type } from "node:os";

/** Where the figures come from: they mean little without it. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGB: number;
  readonly system: string;
  readonly bun: string;
  /** `real wireproxy` or `stand-in`; undefined where nothing of it is measured. */
  readonly wireproxy: string | undefined;
  /** Processes that wanted a core in the minute before: more than a few tenths spoil the figures. */
  readonly loadBefore: number;
}

export function describeMachine(wireproxy: string | undefined): Machine {
  const processors = cpus();
  return {
    cores: processors.length,
    processor: processors[0]?.model ?? "unknown",
    memoryGB: Math.round(totalmem() / 1e9),
    system: `${type()} ${release()} ${process.arch}`,
    bun: Bun.version,
    wireproxy,
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

export function machineLine({ cores, processor, memoryGB, system, bun, wireproxy, loadBefore }: Machine): string {
  const where = `${cores} cores (${processor}), ${memoryGB} GB, ${system}, Bun ${bun}`;
  const tunnels = wireproxy === undefined ? "" : `, tunnels on the ${wireproxy}`;
  return `${where}${tunnels}, load before ${loadBefore}`;
}
