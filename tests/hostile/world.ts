import { join } from "node:path";
import { listenTo } from "../api/stream/listener.ts";
import { cleared } from "../e2e/event-stream/sample-events.ts";
import { startTestDaemon, type TestDaemon } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { OWN_LINKSOCKS } from "../rig/linksocks-own.ts";
import { startTcpEcho, startUdpEcho } from "../rig/linksocks-targets.ts";
import { anonymousMegabytes, openDescriptors } from "../rig/memory.ts";
import { connectThroughSocks } from "../rig/socks5-client.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { PATIENCE_MS, until } from "../rig/until.ts";
import type { Door } from "./door.ts";
import { startHostileChildren } from "./doors/child-doors.ts";
import { httpProxyDoor, linkClientDoor, linkServerDoor, socksDoor, udpDoor } from "./doors/link-doors.ts";
import { controlDoor, lineDoor, streamDoor } from "./doors/local-doors.ts";

/** A daemon and a LinkSocks server, both compiled, their doors, and somebody who minds his own business meanwhile. */
export interface World extends AsyncDisposable {
  readonly daemon: TestDaemon;
  readonly doors: readonly Door[];
  /**
   * One round of an honest user's: a line, an event, a connection through a tunnel, and that tunnel's state. Rejects where one
   * of them is not answered within a minute.
   */
  useHonestly(): Promise<void>;
  /** What both have said. */
  output(): string;
  /** What both programs hold; descriptors are only told on Linux. */
  measure(): Held;
}

export interface Held {
  /** Of both programs together, what they have for themselves alone. */
  readonly megabytes: number;
  readonly descriptors: number;
}

const TOKEN = "token";
/** Hostile servers and children of each kind at a time. */
const POOL = 4;

export async function openWorld(): Promise<World> {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const echo = stack.use(startTcpEcho());
  const udpEcho = stack.use(await startUdpEcho());
  const server = stack.use(await OWN_LINKSOCKS.start("server", { token: TOKEN }));
  const children = stack.use(startHostileChildren(folder.path));
  const [stream, control] = [freePort(), freePort()];
  const daemon = stack.use(
    await startTestDaemon({
      environment: { ...children.environment, WPDAEMON_STREAM_PORT: String(stream) },
      settings: `control:\n  port: ${control}\n`,
    }),
  );
  const socket = join(daemon.home, "wpdaemon/control.sock");
  const ports = { honest: freePort(), attacked: freePort() };
  for (const [name, port] of Object.entries(ports))
    daemon.writeConfig(`${name}.conf`, linkConfig(server.url, TOKEN, port));
  const clients = addTunnels("client", (port) => linkConfig(`ws://127.0.0.1:${port}`, "x", freePort()));
  const providers = addTunnels(
    "provider",
    (port) => `[LinkSocks]\nUrl = ws://127.0.0.1:${port}\nToken = x\nReverse = true\nAllow = 127.0.0.0/8\n`,
  );
  const logs = addTunnels("log", children.config);
  const infos = addTunnels("info", children.config);
  for (const name of Object.keys(ports)) await change(name, "up");
  const listener = stack.use(await listenTo(`ws://127.0.0.1:${stream}`));
  const doors: readonly Door[] = [
    lineDoor(daemon.port),
    controlDoor("the control socket", socket),
    controlDoor("the control port", control),
    streamDoor(stream),
    linkServerDoor(Number(new URL(server.url).port), TOKEN, echo.port),
    socksDoor(ports.attacked, echo.port),
    httpProxyDoor(ports.attacked, echo.port),
    udpDoor(ports.attacked, udpEcho.port),
    stack.use(linkClientDoor("a LinkSocks tunnel", clients, again("client"), echo.port)),
    stack.use(linkClientDoor("a LinkSocks provider", providers, again("provider"), echo.port)),
    children.logDoor(logs, again("log")),
    children.infoDoor(infos, again("info")),
  ];
  // Whoever listens, runs and writes from here on was there before the first hostile peer.
  for (const door of doors)
    for (let visit = 0; visit < door.crowd; visit += 1) (await door.visit()).peer[Symbol.dispose]();
  const world = stack.move();

  return {
    daemon,
    doors,
    async useHonestly() {
      const events = listener.texts.length;
      const { error } = await daemon.ask("state:");
      if (error !== null) throw new Error(`state: was answered with ${error}`);
      await ask("POST", "/v1/events", JSON.stringify(cleared(7)));
      await until("the event is heard of", () => listener.texts.length > events);
      using through = await connectThroughSocks({ port: ports.honest }, { host: "127.0.0.1", port: echo.port });
      await through.write("hello");
      const echoed = Buffer.from(await through.readExactly(5)).toString();
      if (echoed !== "hello") throw new Error(`"hello" came back as ${echoed}`);
      const tunnel = await ask("GET", "/v1/tunnels/honest");
      if (!tunnel.includes('"state":"running"')) throw new Error(`the tunnel does not run: ${tunnel}`);
    },
    output: () => `${daemon.output()}${server.output()}`,
    measure: () => measure([daemon.pid, server.pid]),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };

  /** @returns the ports that tell the tunnels apart. */
  function addTunnels(kind: string, config: (port: number) => string): readonly number[] {
    const all = Array.from({ length: POOL }, freePort);
    for (const port of all) daemon.writeConfig(`${kind}-${port}.conf`, config(port));
    return all;
  }

  /** Takes a tunnel down and up; its start is not waited for. */
  function again(kind: string) {
    return async (port: number) => {
      await change(`${kind}-${port}`, "down").catch(() => undefined);
      void change(`${kind}-${port}`, "up").catch(() => undefined);
    };
  }

  async function change(name: string, verb: "up" | "down"): Promise<void> {
    await ask("POST", `/v1/tunnels/${name}/${verb}`);
  }

  async function ask(method: string, path: string, body?: string): Promise<string> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const init = {
      unix: socket,
      method,
      signal,
      headers: { connection: "close" },
      ...(body === undefined ? {} : { body }),
    };
    const answer = await fetch(`http://localhost${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} was answered with ${text}`);
    return text;
  }
}

function linkConfig(url: string, token: string, socksPort: number): string {
  return `[LinkSocks]\nUrl = ${url}\nToken = ${token}\n[Socks5]\nBindAddress = 127.0.0.1:${socksPort}\n`;
}

function measure(pids: readonly number[]): Held {
  if (process.platform !== "linux") return { megabytes: 0, descriptors: 0 };
  return {
    megabytes: pids.reduce((sum, pid) => sum + anonymousMegabytes(pid), 0),
    descriptors: pids.reduce((sum, pid) => sum + openDescriptors(pid), 0),
  };
}
