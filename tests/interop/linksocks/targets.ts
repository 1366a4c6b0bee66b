import { afterAll, beforeAll } from "bun:test";
import { startUdpEcho, startWebTarget } from "../../rig/linksocks-targets.ts";
import type { Destination } from "../../rig/socks5-client.ts";

/** The loopback targets of a test file, by the host that they are asked for under. */
export interface Targets {
  /** Answers GET /generate_204. */
  web(host?: string): Destination;
  /** Sends datagrams back. */
  echo(host?: string): Destination;
}

/** To be called once by a test file: opens the targets before its tests and closes them afterwards. */
export function openTargets(): Targets {
  const opened = new DisposableStack();
  let webPort = 0;
  let echoPort = 0;
  beforeAll(async () => {
    webPort = opened.use(startWebTarget()).port;
    echoPort = opened.use(await startUdpEcho()).port;
  });
  afterAll(() => opened.dispose());
  return {
    web: (host = "127.0.0.1") => ({ host, port: webPort }),
    echo: (host = "127.0.0.1") => ({ host, port: echoPort }),
  };
}
