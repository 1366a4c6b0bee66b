import { readdirSync, readFileSync } from "node:fs";

/** A process and all that it has started and they have; the process alone where the system does not tell. */
export function findDescendants(pid: number): readonly number[] {
  if (process.platform !== "linux") return [pid];
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
    return [pid, ...children.flatMap(findDescendants)];
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
