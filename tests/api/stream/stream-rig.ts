import { type StreamServer, type StreamServerOptions, startStreamServer } from "../../../src/api/stream/server.ts";
import { freePort } from "../../rig/free-port.ts";
import { createFakeFeed, type FakeFeed } from "../fake-feed.ts";

/** A stream door before a feed that a test speaks for. */
export interface StreamRig extends AsyncDisposable {
  readonly feed: FakeFeed;
  readonly server: StreamServer;
  readonly port: number;
  /** Without a path. */
  readonly url: string;
  readonly audited: readonly string[];
  /** How often it told that something was done. */
  activity(): number;
}

export function openStream(changes: Partial<StreamServerOptions> = {}): StreamRig {
  const feed = createFakeFeed();
  const audited: string[] = [];
  let activity = 0;
  const server = startStreamServer({
    port: freePort(),
    origins: [],
    feed,
    audit: (category, message) => void audited.push(`${category} ${message}`),
    onActivity() {
      activity += 1;
    },
    now: Date.now,
    version: "9.8.7",
    ...changes,
  });
  const { port } = server;
  return {
    feed,
    server,
    port,
    url: `ws://localhost:${port}`,
    audited,
    activity: () => activity,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
