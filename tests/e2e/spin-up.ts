import { expect } from "bun:test";
import type { TestDaemon } from "../rig/daemon-process.ts";

/** Brings a tunnel up as Argus does. @returns its process. */
export async function spinUp(daemon: TestDaemon, name: string): Promise<number> {
  const { result, error } = await daemon.ask(`spin_up:${name}`);
  expect(error).toBeNull();
  return Number(result?.["pid"]);
}

/** The process that `state` tells of. */
export async function statePid(daemon: TestDaemon): Promise<number | undefined> {
  const pid = (await daemon.ask("state:")).result?.["pid"];
  return typeof pid === "number" ? pid : undefined;
}
