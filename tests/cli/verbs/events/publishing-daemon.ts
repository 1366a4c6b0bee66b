import { mkdirSync } from "node:fs";
import { type ControlClient, createControlClient } from "../../../../src/cli/daemon/control-client.ts";
import { pathsBelow } from "../../../../src/platform/files/paths.ts";
import { createFakeFeed, type FakeFeed } from "../../../api/fake-feed.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";
import { refuse } from "../../daemon/stub-daemon.ts";

/** A daemon that takes events into a feed in memory, and whose answers can get lost. */
export interface PublishingDaemon {
  readonly home: string;
  readonly client: ControlClient;
  readonly feed: FakeFeed;
  /** The value of `n` of each event that was taken, in order. */
  taken(): readonly unknown[];
  /** How many events each request had. */
  readonly batches: readonly number[];
  /** The connection breaks off before the next answer, once its events are taken. */
  loseNextAnswer(): void;
  /** The next request is refused whole. */
  refuseNext(code: string, message: string): void;
  leave(): void;
  comeBack(): void;
  [Symbol.dispose](): void;
}

export function startPublishingDaemon(): PublishingDaemon {
  const folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  mkdirSync(paths.own, { recursive: true });
  const feed = createFakeFeed();
  const batches: number[] = [];
  const refusals: Response[] = [];
  let losing = false;
  let server = listen();

  return {
    home: folder.path,
    client: createControlClient(paths),
    feed,
    batches,
    taken: () => feed.kept.map(({ data }) => data["n"]),
    loseNextAnswer() {
      losing = true;
    },
    refuseNext: (code, message) => void refusals.push(refuse(code, message)),
    leave: () => void server.stop(true),
    comeBack() {
      server = listen();
    },
    [Symbol.dispose]() {
      server.stop(true);
      folder[Symbol.dispose]();
    },
  };

  function listen() {
    return Bun.serve({ unix: paths.control, fetch: answer });
  }

  async function answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/v1/identity") return Response.json({ ok: true, data: IDENTITY });
    const refusal = refusals.shift();
    if (refusal !== undefined) return refusal;
    const body: unknown = await request.json();
    const events = Array.isArray(body) ? body : [body];
    batches.push(events.length);
    const publications = await feed.publish(events, searchParams.get("key") ?? undefined);
    const results = publications.map((publication, index) =>
      publication.accepted ? { seq: publication.seq } : { index, error: publication.reason },
    );
    if (losing) {
      losing = false;
      server.stop(true);
      server = listen();
    }
    return Response.json({ ok: true, data: { accepted: results.length, results } });
  }
}

const IDENTITY = {
  pid: process.pid,
  instanceId: "11111111-2222-4333-8444-555555555555",
  version: "2.0.0",
  state: "running",
  startedAt: "2026-01-02T03:04:05.000Z",
};
