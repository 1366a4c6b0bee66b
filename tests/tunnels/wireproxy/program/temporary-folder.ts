import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of its own for one test; `remove` takes it away with everything in it. */
export function makeTemporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), "wpdaemon-program-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
