import * as v from "valibot";
import {
  identitySchema,
  type PublishedEntry,
  publishedSchema,
  statusSchema,
  successorSchema,
  tunnelSchema,
} from "../../api/control/schemas.ts";
import { errorSchema } from "../../api/http/envelope.ts";
import { endpointsSchema } from "../../endpoints/document.ts";
import { FAILURE_CODES, Failure, systemCode } from "../../platform/failure.ts";
import type { Paths } from "../../platform/files/paths.ts";
import { explainAbsence } from "./absence.ts";

/** How long an answer may take, in milliseconds. */
const LIMITS = {
  /** The daemon has these at hand; one that takes longer hangs. */
  look: 3_000,
  /** Longer than the daemon takes to bring a tunnel up or down; the first start may wait for a download. */
  change: 60_000,
  /** A disk that is busy, or a hand-over that holds requests back. */
  publish: 10_000,
  /** The successor starts, proves itself and takes over. */
  handOver: 35_000,
} as const;

const envelopeSchema = v.variant("ok", [
  v.object({ ok: v.literal(true), data: v.unknown() }),
  v.object({ ok: v.literal(false), error: errorSchema }),
]);
const codeSchema = v.fallback(v.picklist(FAILURE_CODES), "internal");

type Place = Pick<Paths, "control" | "state" | "home">;

export type ControlClient = ReturnType<typeof createControlClient>;

/**
 * A running daemon, asked over its control socket.
 * @throws Failure from every call: what the daemon refuses with, as it is; `daemon-not-started`, `daemon-not-running`,
 * `daemon-unreachable`, `permission-denied` and `timed-out` where it cannot be asked; `state-corrupt` where it does not run
 * and nothing can be told of it.
 */
export function createControlClient(paths: Place) {
  const { ask, openStream } = createRequests(paths);
  return {
    identity: () => ask("GET", "/v1/identity", identitySchema, LIMITS.look),
    status: () => ask("GET", "/v1/status", statusSchema, LIMITS.look),
    tunnel: (name: string) => ask("GET", tunnelRoute(name), tunnelSchema, LIMITS.look),
    /** Resolves once the tunnel accepts; one that runs already is given as it is. */
    up: (name: string) => ask("POST", `${tunnelRoute(name)}/up`, tunnelSchema, LIMITS.change),
    /** Resolves once the peer of a tunnel that is up has answered. */
    prove: (name: string) => ask("POST", `${tunnelRoute(name)}/prove`, tunnelSchema, LIMITS.change),
    down: (name: string) => ask("POST", `${tunnelRoute(name)}/down`, tunnelSchema, LIMITS.change),
    restartTunnel: (name: string) => ask("POST", `${tunnelRoute(name)}/restart`, tunnelSchema, LIMITS.change),
    endpoints: () => ask("GET", "/v1/endpoints", endpointsSchema, LIMITS.look),
    pollEndpoints: () => ask("POST", "/v1/endpoints/poll", v.unknown(), LIMITS.change),
    reloadEndpoints: () => ask("POST", "/v1/endpoints/reload", v.unknown(), LIMITS.change),
    setApiKey: (key: string) => ask("POST", "/v1/endpoints/api-key", v.unknown(), LIMITS.change, { key }),
    /** Resolves when the daemon has heard it; it ends a moment later. */
    stop: () => ask("POST", "/v1/stop", v.unknown(), LIMITS.look),
    /** Lets the program at `program` take over from the daemon. */
    handOver: (program: string) => ask("POST", "/v1/handover", successorSchema, LIMITS.handOver, { program }),
    registerSession: (sessionId: string, metadata: Readonly<Record<string, string | number>>) =>
      ask("POST", "/session-started", v.unknown(), LIMITS.look, { sessionId, metadata }),
    /**
     * Publishes JSON texts; resolves once what is accepted is on disk, with one result for each.
     * @param key tells a repetition of this very call from another one; 1 to 200 visible characters.
     */
    publish(events: readonly string[], key: string): Promise<PublishedEntry> {
      const isComplete = ({ results }: PublishedEntry) => results.length === events.length;
      const route = `/v1/events?key=${encodeURIComponent(key)}`;
      return ask("POST", route, v.pipe(publishedSchema, v.check(isComplete)), LIMITS.publish, `[${events.join(",")}]`);
    },
    /** The newest lines of a log, then those that come; the generator ends with the daemon or with `signal`. */
    followLog: (name: string, lines: number, signal?: AbortSignal) =>
      openStream(`/v1/logs?name=${encodeURIComponent(name)}&lines=${lines}&follow=1`, signal),
    /** One JSON document a line for what happens from now on; resolves when the daemon has begun to send. */
    events: (signal: AbortSignal) => openStream("/v1/events", signal),
  };
}

function tunnelRoute(name: string): string {
  return `/v1/tunnels/${encodeURIComponent(name)}`;
}

/** How the daemon's control socket is asked. */
function createRequests(paths: Place) {
  return { ask, openStream };

  async function ask<Schema extends v.GenericSchema>(
    method: "GET" | "POST",
    route: string,
    schema: Schema,
    milliseconds: number,
    body?: object | string,
  ): Promise<v.InferOutput<Schema>> {
    const text = await reach(route, milliseconds, async (signal) => (await send(method, route, signal, body)).text());
    return parse(schema, openEnvelope(text, paths), paths);
  }

  async function openStream(route: string, signal?: AbortSignal): Promise<AsyncGenerator<string>> {
    const response = await reach(route, undefined, () => send("GET", route, signal));
    if (!response.ok || response.body === null) throw notOurs(paths, openEnvelope(await response.text(), paths));
    return readLines(response.body);
  }

  /** A daemon that ends cuts its streams off, each runtime with an error of its own. */
  async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
    try {
      yield* splitLines(body);
    } catch (error) {
      throw explainFault(error, paths);
    }
  }

  /** @param body a text is JSON already. */
  function send(method: string, route: string, signal?: AbortSignal, body?: object | string): Promise<Response> {
    const json = typeof body === "object" ? JSON.stringify(body) : body;
    return fetch(`http://localhost${route}`, {
      method,
      unix: paths.control,
      // A connection that is kept leads to the daemon before, which serves its last clients for a while after a hand-over.
      keepalive: false,
      // Bun's own limit would end a quiet stream.
      timeout: false,
      ...(signal === undefined ? {} : { signal }),
      ...(json === undefined ? {} : { body: json, headers: { "content-type": "application/json" } }),
    });
  }

  async function reach<Result>(
    route: string,
    milliseconds: number | undefined,
    request: (signal?: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await request(milliseconds === undefined ? undefined : AbortSignal.timeout(milliseconds));
    } catch (error) {
      if (error instanceof Error && error.name === "TimeoutError") {
        throw new Failure("timed-out", `the daemon did not answer ${route} within ${(milliseconds ?? 0) / 1_000} s`, {
          hint: "look with wpdaemon status; wpdaemon stop ends a daemon that hangs",
        });
      }
      throw explainFault(error, paths);
    }
  }
}

function explainFault(error: unknown, paths: Place): Failure {
  switch (systemCode(error)) {
    case "ENOENT":
    case "ECONNREFUSED":
      return explainAbsence(paths);
    case "EACCES":
    case "EPERM":
      return new Failure("permission-denied", `${paths.control} belongs to another user's daemon`, {
        hint: "run this as the user who started the daemon, or name your own folder with --home",
        cause: error,
      });
    case "ENAMETOOLONG":
      return new Failure("usage", `${paths.control} is too long a path for a socket`, {
        hint: "choose a folder with a shorter path, with --home or ARGUS_HOME",
      });
    default: {
      // A daemon that dies keeps its socket for some milliseconds.
      const absence = explainAbsence(paths);
      if (absence.code === "daemon-not-running") return absence;
      return new Failure("daemon-unreachable", `the daemon ended before it had answered (${systemCode(error)})`, {
        hint: "look with wpdaemon status",
        cause: error,
      });
    }
  }
}

function openEnvelope(text: string, paths: Place): unknown {
  const envelope = parse(v.pipe(v.string(), v.parseJson(), envelopeSchema), text, paths);
  if (envelope.ok) return envelope.data;
  const { code, message, hint } = envelope.error;
  throw new Failure(v.parse(codeSchema, code), message, { hint: hint ?? undefined });
}

function parse<Schema extends v.GenericSchema>(schema: Schema, input: unknown, paths: Place): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, input);
  if (!parsed.success) throw notOurs(paths, parsed.issues[0].message);
  return parsed.output;
}

function notOurs({ control }: Place, cause: unknown): Failure {
  return new Failure("daemon-unreachable", `what answers on ${control} is no wpdaemon of this version`, {
    hint: "wpdaemon restart replaces a daemon of another version",
    cause,
  });
}

/** The lines of a UTF-8 stream as they come, without their ends; an unfinished last one counts. */
async function* splitLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
