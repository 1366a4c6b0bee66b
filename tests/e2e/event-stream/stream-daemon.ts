import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { callWpdaemon } from "../../rig/command-line.ts";
import { startTestDaemon, type TestDaemon } from "../../rig/daemon-process.ts";
import { freePort } from "../../rig/free-port.ts";
import type { SampleEvent } from "./sample-events.ts";

/** The compiled daemon, whose stream keeps its port over restarts. */
export interface StreamDaemon extends AsyncDisposable {
  readonly process: TestDaemon;
  readonly home: string;
  readonly port: number;
  /** Of the stream, without a path. */
  readonly url: string;
  readonly database: string;
  /** Over the control socket, in one request. */
  publish(...events: readonly SampleEvent[]): Promise<Published>;
  /** As a trading program does: JSON lines for `wpdaemon events publish`. */
  publishLines(...lines: readonly string[]): ReturnType<typeof callWpdaemon>;
  metrics(): Promise<string>;
}

const publishedSchema = v.object({
  ok: v.literal(true),
  data: v.object({
    accepted: v.number(),
    results: v.array(
      v.union([
        v.strictObject({ seq: v.nullable(v.number()) }),
        v.strictObject({ index: v.number(), error: v.string() }),
      ]),
    ),
  }),
});

export type Published = v.InferOutput<typeof publishedSchema>["data"];

/** @param stream further settings of the stream, in YAML. */
export async function startStreamDaemon(
  stream = "",
  environment: Readonly<Record<string, string>> = {},
): Promise<StreamDaemon> {
  const port = freePort();
  const daemon = await startTestDaemon({
    environment: { WPDAEMON_STREAM_PORT: String(port), ...environment },
    ...(stream === "" ? {} : { settings: `stream: { ${stream} }\n` }),
  });
  const unix = join(daemon.home, "wpdaemon/control.sock");
  return {
    process: daemon,
    home: daemon.home,
    port,
    url: `ws://127.0.0.1:${port}`,
    database: join(daemon.home, "wpdaemon/wpdaemon.db"),
    async publish(...events) {
      const request = { unix, method: "POST", body: JSON.stringify(events) };
      const answer = await fetch("http://localhost/v1/events", request);
      return v.parse(publishedSchema, await answer.json()).data;
    },
    async publishLines(...lines) {
      const file = join(daemon.home, `events-${crypto.randomUUID()}.jsonl`);
      writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
      return await callWpdaemon(daemon.home, ["events", "publish", file]);
    },
    metrics: async () => await (await fetch("http://localhost/metrics", { unix })).text(),
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}
