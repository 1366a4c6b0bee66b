import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withoutRuntimeOptions } from "../../src/platform/process/runtime-options.ts";
import { freePort } from "../rig/free-port.ts";
import { ask, type Reply } from "../rig/line-client.ts";
import { accepts } from "../rig/socks.ts";
import { untilAccepting } from "./accepting.ts";
import type { Scene } from "./scene.ts";

/** The port that no predecessor can be talked out of: reference page wireproxy-daemon.md section 1. */
const PREDECESSORS_PORT = 23_888;

/** A daemon to measure. */
export interface Subject {
  readonly name: string;
  /** Starts it in a home of its own, as a user would; resolves once it accepts. */
  start(): Promise<RunningSubject>;
}

export interface RunningSubject {
  readonly pid: number;
  readonly port: number;
  /** From before the exec to the first connection that was accepted. */
  readonly startMs: number;
  /** One exchange over a connection of its own. @throws where the daemon reports an error. */
  ask(line: string): Promise<Reply>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Our own daemon, on a port of its own. */
export function ourSubject(executable: string, folder: string, scene: Scene): Subject {
  return {
    name: "wpdaemon",
    start() {
      const port = freePort();
      return launch([executable, "--daemon", "-p", String(port)], port, folder, scene);
    },
  };
}

/** Another WpDaemon, which listens where they all do. */
export function peerSubject(executable: string, folder: string, scene: Scene): Subject {
  return {
    name: "peer",
    async start() {
      if (await accepts(PREDECESSORS_PORT))
        throw new Error(`stop what listens on 127.0.0.1:${PREDECESSORS_PORT} first`);
      return await launch([executable, "--daemon"], PREDECESSORS_PORT, folder, scene);
    },
  };
}

async function launch(command: string[], port: number, folder: string, scene: Scene): Promise<RunningSubject> {
  const user = furnishHome(folder, scene);
  const began = performance.now();
  const child = Bun.spawn(command, {
    stdio: ["ignore", "ignore", "ignore"],
    env: environmentOf(user, scene.wireproxy),
  });
  const endWithUs = () => child.kill("SIGTERM");
  process.once("exit", endWithUs);
  await untilAccepting(port, child);
  return {
    pid: child.pid,
    port,
    startMs: performance.now() - began,
    async ask(line) {
      const reply = await ask(port, line);
      if (reply.error !== null) throw new Error(`${line}: ${reply.error}`);
      return reply;
    },
    async [Symbol.asyncDispose]() {
      process.off("exit", endWithUs);
      // Not every daemon takes its tunnel with it.
      await ask(port, "spin_down:").catch(() => undefined);
      child.kill("SIGTERM");
      const impatience = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await child.exited;
      clearTimeout(impatience);
    },
  };
}

/** A user's home as Argus leaves it: reference page wireproxy-daemon.md section 2. */
function furnishHome(folder: string, scene: Scene): string {
  const user = mkdtempSync(join(folder, "home-"));
  const installation = join(user, ".argus");
  mkdirSync(join(installation, "wireproxy"), { recursive: true, mode: 0o700 });
  mkdirSync(join(installation, "wireproxy_confs"), { mode: 0o700 });
  symlinkSync(scene.wireproxy, join(installation, "wireproxy/wireproxy"));
  writeFileSync(join(installation, "wireproxy_confs", `${scene.configName}.conf`), scene.config.text, { mode: 0o600 });
  return user;
}

/** The operator's own settings must not reach the daemon. */
function environmentOf(user: string, wireproxy: string): Record<string, string | undefined> {
  const { ARGUS_HOME: _h, WPDAEMON_PORT: _p, ...rest } = process.env;
  return { ...withoutRuntimeOptions(rest), HOME: user, WPDAEMON_WIREPROXY: wireproxy };
}
