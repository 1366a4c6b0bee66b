import { existsSync } from "node:fs";
import { join } from "node:path";
import { startLogged } from "./logged-process.ts";
import { until } from "./until.ts";

const PYTHON = join(import.meta.dir, "../../.tools/python/bin/python");
const SERVER = join(import.meta.dir, "../peers/dns_server.py");

/** A real DNS server on 127.0.0.1 that knows the records of `zone`. */
export async function startDnsServer(zone: string): Promise<AsyncDisposable & { readonly port: number }> {
  if (!existsSync(PYTHON)) throw new Error("Python's packages are missing: run make test");
  const child = startLogged([PYTHON, SERVER, zone, "wpdaemon-test-dns"]);
  const dispose = async () => {
    child.stdin.end();
    await child.ended;
    child[Symbol.dispose]();
  };
  try {
    const port = await until("the DNS server tells its port", () => {
      if (child.hasEnded()) throw new Error(`the DNS server has ended: ${child.output()}`);
      return Number(/^\d+\n/.exec(child.output())?.[0]) || undefined;
    });
    return { port, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
