import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathsBelow } from "../../../src/platform/files/paths.ts";
import type { ChildRegister } from "../../../src/tunnels/driver/child-record.ts";
import { type SpawnRequest, spawnChild } from "../../../src/tunnels/wireproxy/spawn.ts";
import { freePort } from "../../rig/free-port.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

/** Listens on the port that its config names, and writes its environment into its output. */
const LISTENER = `#!${process.execPath}
const port = Number(await Bun.file(process.argv[3]).text());
Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } });
console.log("arguments", JSON.stringify(process.argv.slice(2)));
console.log("environment", process.env.GOGC, process.env.BUN_GC_TIMER_DISABLE, process.env.OWN);
`;

export type FakeInstallation = ReturnType<typeof installFakeProgram>;

/**
 * An installation in a folder of its own, with a program in wireproxy's place.
 * @param source of the program, its first line `#!…`.
 */
export function installFakeProgram(source = LISTENER, environment: Record<string, string> = {}) {
  const folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  const port = freePort();
  const program = join(folder.path, "program.js");
  const configFile = join(folder.path, "us.conf");
  mkdirSync(paths.logs, { recursive: true });
  writeFileSync(program, source, { mode: 0o755 });
  writeFileSync(configFile, String(port));
  const record: SpawnRequest["record"] = {
    config: "us.conf",
    configFile,
    derivedFile: null,
    listeners: [{ transport: "tcp", host: "127.0.0.1", port }],
    endpoints: ["192.0.2.1"],
    socks: `127.0.0.1:${port}`,
    socksIsOpen: true,
    http: null,
    infoPort: null,
    carrier: null,
    ownAddress: true,
  };
  return {
    port,
    paths,
    program,
    record,
    /** Starts the program. @param changed what is on record of it, where that is not as usual. */
    spawn(register: ChildRegister, changed: Partial<SpawnRequest["record"]> = {}) {
      const request = { program, version: "wireproxy, version 1.1.3", record: { ...record, ...changed } };
      return spawnChild(request, { paths, environment, register });
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
