import { callWpdaemon } from "./command-line.ts";
import { startTestDaemon, type TestDaemon } from "./daemon-process.ts";
import { freePort } from "./free-port.ts";
import { OWN_LINKSOCKS } from "./linksocks-own.ts";
import type { LinksocksOptions, LinksocksPeer } from "./linksocks-peer.ts";
import { STAND_IN } from "./programs.ts";

export const TOKEN = "let-me-in";

const environment = { WPDAEMON_WIREPROXY: STAND_IN };
export const startDaemon = (settings = "") => startTestDaemon({ environment, settings });
export const startServer = (options: LinksocksOptions = {}) =>
  OWN_LINKSOCKS.start("server", { token: TOKEN, ...options });

/** Writes the config of a tunnel to a server. @returns its SOCKS port. */
export function writeTunnel(
  daemon: TestDaemon,
  name: string,
  { url }: Pick<LinksocksPeer, "url">,
  token = TOKEN,
  port = freePort(),
): number {
  const text = `[LinkSocks]\nUrl = ${url}\nToken = ${token}\n\n[Socks5]\nBindAddress = 127.0.0.1:${port}\n`;
  daemon.writeConfig(`${name}.conf`, text);
  return port;
}

interface Shown {
  readonly name: string;
  readonly state: string;
  readonly health: string;
  readonly reason: string;
  readonly ready: boolean;
  readonly socks: string | null;
  readonly pid: number;
  readonly carriedBy: string | null;
}

export async function tunnel(daemon: TestDaemon, name: string): Promise<Shown> {
  const status = JSON.parse((await callWpdaemon(daemon.home, ["status", "--json"])).output);
  const found = status.tunnels.find((shown: Shown) => shown.name === name);
  if (found === undefined) throw new Error(`there is no tunnel ${name}`);
  return found;
}

export async function untilHealth(daemon: TestDaemon, name: string, health: string): Promise<Shown> {
  const waited = await callWpdaemon(daemon.home, ["wait", name, "--health", health, "--timeout", "60s", "--json"]);
  if (waited.code !== 0) throw new Error(`${name} is not ${health}: ${waited.complaint}`);
  return JSON.parse(waited.output);
}

export async function untilRunning(daemon: TestDaemon, name: string): Promise<void> {
  const waited = await callWpdaemon(daemon.home, ["wait", name, "--state", "running", "--timeout", "60s"]);
  if (waited.code !== 0) throw new Error(`${name} does not run: ${waited.complaint}`);
}
