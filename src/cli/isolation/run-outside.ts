import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../platform/environment.ts";
import { isolateCommand } from "../../platform/process/isolation.ts";
import { ownCommand } from "../../platform/process/self.ts";
import { endWithCommand } from "./await-command.ts";
import { ISOLATION_VARIABLE, type Isolation } from "./isolation.ts";
import { relay } from "./relay.ts";

/** A port of the tunnel. */
interface Door {
  readonly hostname: string;
  readonly port: number;
}

/**
 * Runs this very program with `words` in a network of its own. A socket in a private folder leads from there to each of the
 * tunnel's ports, and nothing else leads out. It ends as the command does.
 * @throws Failure `platform-unsupported`.
 */
export async function runOutside(doors: readonly Door[], words: readonly string[], environment: Environment) {
  const command = isolateCommand([...ownCommand(), ...words]);
  const folder = mkdtempSync(join(tmpdir(), "wpdaemon-isolated-"));
  const ports = [...new Set(doors.map(({ port }) => port))];
  for (const door of doors.filter(({ port }, index) => doors.findIndex((other) => other.port === port) === index)) {
    relay({ unix: join(folder, String(door.port)) }, door, "isolation");
  }
  const isolation: Isolation = { folder, ports };
  const child = Bun.spawn([...command], {
    env: { ...environment, [ISOLATION_VARIABLE]: JSON.stringify(isolation) },
    stdio: ["inherit", "inherit", "inherit"],
  });
  return await endWithCommand(child, () => rmSync(folder, { recursive: true, force: true }));
}
