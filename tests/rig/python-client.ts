import { existsSync } from "node:fs";
import { join } from "node:path";

const PYTHON = join(import.meta.dir, "../../.tools/python/bin/python");
const CLIENT = join(import.meta.dir, "../interop/linksocks/socks_client.py");

/** Runs socks_client.py behind a SOCKS port. @returns what it prints. @throws Error with its complaint. */
export async function runPythonClient(socksPort: number, ...words: readonly string[]): Promise<unknown> {
  if (!existsSync(PYTHON)) throw new Error("the Python client's packages are missing: run make test");
  const child = Bun.spawn([PYTHON, CLIENT, String(socksPort), ...words], { stdout: "pipe", stderr: "pipe" });
  const [output, complaint, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`socks_client.py ${words.join(" ")}: ${complaint.trim()}`);
  return JSON.parse(output);
}
