import { join } from "node:path";
import type { Environment } from "../../platform/environment.ts";
import { prepareIsolation } from "../../platform/process/isolation.ts";
import { endWithCommand } from "./await-command.ts";
import type { Isolation } from "./isolation.ts";
import { relay } from "./relay.ts";

/**
 * Runs a command in the network of its own that this process is in already, in which the tunnel's ports are where they are
 * outside. It ends as the command does.
 * @param program its file. @param words first the name that it is called by. @throws Failure `platform-unsupported`.
 */
export async function runInside(
  { folder, ports }: Isolation,
  program: string,
  words: readonly string[],
  environment: Environment,
): Promise<never> {
  prepareIsolation();
  for (const port of ports) relay({ hostname: "127.0.0.1", port }, { unix: join(folder, String(port)) }, "isolation");
  const [argv0, ...rest] = words;
  const child = Bun.spawn([program, ...rest], {
    ...(argv0 === undefined ? {} : { argv0 }),
    env: environment,
    stdio: ["inherit", "inherit", "inherit"],
  });
  return await endWithCommand(child, () => undefined);
}
