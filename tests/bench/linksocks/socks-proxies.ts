import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../rig/free-port.ts";
import { startProgram } from "./program.ts";
import type { Subject } from "./subject.ts";

/** SOCKS proxies without a link, of Debian: what one process alone can do that speaks SOCKS. */
export function socksProxies(folder: string): readonly Subject[] {
  return [
    proxySubject("microsocks", "microsocks", folder, (port) => ["-i", "127.0.0.1", "-p", `${port}`]),
    proxySubject("dante", "danted", folder, (port) => {
      const config = join(folder, `dante-${port}.conf`);
      writeFileSync(config, danteConfig(port));
      return ["-f", config, "-p", join(folder, `dante-${port}.pid`)];
    }),
  ];
}

function proxySubject(by: string, name: string, home: string, words: (port: number) => readonly string[]): Subject {
  // Debian has the one where only an administrator's PATH leads.
  const program = Bun.which(name, { PATH: `${process.env["PATH"]}:/usr/sbin` });
  const common = { by, isPair: false } as const;
  if (program === null) return { ...common, start: undefined, note: `${by}: not measured, ${name} is not on PATH.` };
  return {
    ...common,
    async start(target) {
      const port = freePort();
      const { pid, [Symbol.asyncDispose]: end } = await startProgram([program, ...words(port)], port, home);
      return { entry: { port, beyond: target }, client: pid, server: undefined, [Symbol.asyncDispose]: end };
    },
  };
}

/** sockd.conf(5): whoever comes from this machine goes wherever on it. */
function danteConfig(port: number): string {
  return `internal: 127.0.0.1 port = ${port}
external: 127.0.0.1
clientmethod: none
socksmethod: none
client pass { from: 127.0.0.0/8 to: 127.0.0.0/8 }
socks pass { from: 127.0.0.0/8 to: 127.0.0.0/8 }
`;
}
