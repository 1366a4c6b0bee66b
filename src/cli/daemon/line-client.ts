import * as v from "valibot";
import { askLine } from "../../net/lines/line-client.ts";
import { Failure, systemCode } from "../../platform/failure.ts";

/** The longest a command may take: the daemon promises its answer within 4.5 s. */
const ANSWER_MS = 6_000;

const envelope = v.object({ CMD: v.string(), result: v.unknown(), error: v.nullable(v.string()) });

const identitySchema = v.object({ version: v.string(), implementation: v.string() });
const stateSchema = v.object({
  running: v.boolean(),
  config: v.nullable(v.string()),
  pid: v.nullable(v.number()),
  log_file: v.nullable(v.string()),
  ready: v.optional(v.boolean(), true),
});
const startedSchema = v.object({
  config: v.string(),
  pid: v.number(),
  log_file: v.string(),
  ready: v.optional(v.boolean(), true),
});
const stoppedSchema = v.object({ previous_config: v.string(), log_file: v.nullable(v.string()) });
const configsSchema = v.object({ count: v.number(), configs: v.array(v.string()) });

export type DaemonState = v.InferOutput<typeof stateSchema>;

export type DaemonClient = ReturnType<typeof createDaemonClient>;

/**
 * A running daemon, asked over the line protocol as any client asks it.
 * @throws Failure from every call `daemon-unreachable`, or the daemon's refusal in its own words: `start-failed`,
 * `stop-failed`.
 */
export function createDaemonClient(port: number) {
  return {
    port,
    whoami,
    state: () => ask("state:", stateSchema, "internal"),
    configs: async () => (await ask("available_confs:", configsSchema, "internal")).configs,
    spinUp: (name: string) => ask(`spin_up:${name}`, startedSchema, "start-failed"),
    spinDown: () => ask("spin_down:", stoppedSchema, "stop-failed"),
  };

  /** Argus' own daemon does not know this request, and refuses it. */
  async function whoami(): Promise<v.InferOutput<typeof identitySchema>> {
    try {
      return await ask("whoami:", identitySchema, "internal");
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "internal") throw error;
      return { version: "unknown", implementation: "Python" };
    }
  }

  async function ask<Schema extends v.GenericSchema>(
    line: string,
    schema: Schema,
    refusal: "start-failed" | "stop-failed" | "internal",
  ): Promise<v.InferOutput<Schema>> {
    const reply = await askLine({ host: "127.0.0.1", port }, line, ANSWER_MS).catch((error) => {
      throw unreachable(port, systemCode(error) === "ECONNREFUSED" ? "nothing listens there" : error.message, error);
    });
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), envelope), reply);
    if (!parsed.success) throw unreachable(port, "what answers there is no WpDaemon");
    if (parsed.output.error !== null) throw new Failure(refusal, parsed.output.error);
    const result = v.safeParse(schema, parsed.output.result);
    if (!result.success) throw unreachable(port, `its answer to ${line.split(":")[0]} makes no sense`);
    return result.output;
  }
}

function unreachable(port: number, reason: string, cause?: unknown): Failure {
  return new Failure("daemon-unreachable", `no daemon answers on 127.0.0.1:${port}: ${reason}`, {
    hint: "start one with: wpdaemon start",
    cause,
  });
}
