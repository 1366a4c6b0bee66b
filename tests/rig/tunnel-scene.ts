import { afterAll, beforeAll } from "bun:test";
import { startTestDaemon, type TestDaemon, type TestDaemonOptions } from "./daemon-process.ts";
import { type FarEnd, startFarEnd } from "./far-end.ts";
import { STAND_IN } from "./programs.ts";

/** What the web server behind the tunnels gives. */
export const PAGE = "the page behind the tunnel";

/** A far end, a page behind it, and daemons that bring tunnels to it up. */
export interface TunnelScene {
  /** A config that leads to the far end. */
  readonly makeConfig: FarEnd["config"];
  /** Where the far end listens for WireGuard, `host:port`. */
  endpoint(): string;
  /** Inside a tunnel: the page, or whatever listens on another port of this machine. */
  pageUrl(port?: number): string;
  /** A daemon that uses the stand-in for wireproxy, if not said otherwise. */
  start(options?: TestDaemonOptions): Promise<TestDaemon>;
}

/** To be called once by a test file: opens the scene before its tests and closes it afterwards. */
export function openTunnelScene(): TunnelScene {
  let farEnd: FarEnd | undefined;
  let web: Bun.Server<undefined> | undefined;
  beforeAll(async () => {
    farEnd = await startFarEnd();
    web = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(PAGE) });
  });
  afterAll(async () => {
    await farEnd?.[Symbol.asyncDispose]();
    await web?.stop(true);
  });
  return {
    makeConfig: (options) => opened().config(options),
    endpoint: () => opened().endpoint,
    pageUrl: (port = Number(web?.port)) => `http://${opened().address}:${port}/`,
    start: ({ environment, ...options } = {}) =>
      startTestDaemon({ environment: { WPDAEMON_WIREPROXY: STAND_IN, ...environment }, ...options }),
  };

  function opened(): FarEnd {
    if (farEnd === undefined) throw new Error("the scene opens before the first test");
    return farEnd;
  }
}
