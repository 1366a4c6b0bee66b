import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { freePort } from "../../rig/free-port.ts";
import { startProgram } from "../linksocks/program.ts";
import { openFeeder } from "./feeder.ts";
import type { Dialect } from "./listener.ts";
import type { Subject } from "./subject.ts";

const TOOLS = join(import.meta.dir, "../../../.tools");
const PYTHON = join(TOOLS, "python/bin/python");
const SOCKET_IO_VERSION = "4.8.4";
/** Beside the other programs, not among them: npm removes what it was not asked for. */
const SOCKET_IO = join(TOOLS, "bench/socket.io");
const SOCKET_IO_PACKAGE = join(SOCKET_IO, "node_modules/socket.io/package.json");

const packageSchema = v.pipe(v.string(), v.parseJson(), v.object({ version: v.string() }));

/** What people write a feed with otherwise; each gets its events over a connection of its own. */
export async function findOtherSubjects(folder: string): Promise<readonly Subject[]> {
  return [findWebsockets(folder), await findSocketIo(folder)];
}

function findWebsockets(folder: string): Subject {
  const by = "Python websockets";
  if (!existsSync(PYTHON)) return { by, start: undefined, note: `${by}: not measured, run make setup.` };
  return { by, start: starter([PYTHON, join(import.meta.dir, "broadcast.py")], "plain", folder) };
}

async function findSocketIo(folder: string): Promise<Subject> {
  const by = "Socket.IO";
  const node = Bun.which("node");
  const complaint = node === null ? "node is missing" : await installSocketIo();
  if (node === null || complaint !== undefined) {
    return { by, start: undefined, note: `${by}: not measured, ${complaint}.` };
  }
  const words = [node, join(import.meta.dir, "broadcast.cjs"), join(SOCKET_IO, "node_modules/socket.io")];
  return { by, start: starter(words, "socket.io", folder) };
}

function starter(words: readonly string[], dialect: Dialect, folder: string): NonNullable<Subject["start"]> {
  return async () => {
    const [port, entry] = [freePort(), freePort()];
    await using stack = new AsyncDisposableStack();
    const program = stack.use(await startProgram([...words, `${port}`, `${entry}`], port, folder));
    const feeder = stack.use(await openFeeder(entry));
    const rest = stack.move();
    return {
      ...{ port, dialect, pid: program.pid },
      publish: feeder.publish,
      [Symbol.asyncDispose]: () => rest.disposeAsync(),
    };
  };
}

/** @returns why there is none. */
async function installSocketIo(): Promise<string | undefined> {
  const isThere =
    existsSync(SOCKET_IO_PACKAGE) &&
    v.parse(packageSchema, readFileSync(SOCKET_IO_PACKAGE, "utf8")).version === SOCKET_IO_VERSION;
  if (isThere) return undefined;
  const npm = Bun.which("npm");
  if (npm === null) return "npm is missing";
  mkdirSync(SOCKET_IO, { recursive: true });
  const options = ["--no-save", "--silent", "--no-audit", "--no-fund", "--prefix", SOCKET_IO];
  const run = Bun.spawn([npm, "install", ...options, `socket.io@${SOCKET_IO_VERSION}`], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  return (await run.exited) === 0 ? undefined : `npm could not install version ${SOCKET_IO_VERSION}`;
}
