import * as v from "valibot";
import {
  type IdentityEntry,
  identitySchema,
  type PublishedEntry,
  publishedSchema,
  type StatusDocument,
  statusSchema,
  type TunnelEntry,
  tunnelSchema,
} from "../../api/control/schemas.ts";
import { errorSchema } from "../../api/http/envelope.ts";
import { FAILURE_CODES, Failure, systemCode } from "../../platform/failure.ts";
import type { Paths } from "../../platform/files/paths.ts";
import { explainAbsence } from "./absence.ts";
import { splitLines } from "./stream-lines.ts";

/** How long an answer may take, in milliseconds. */
const LIMITS = {
  /** The daemon has these at hand; one that takes longer hangs. */
  look: 3_000,
  /** Longer than the daemon takes to bring a tunnel up or down; the first start may wait for a download. */
  change: 60_000,
  /** A disk that is busy, or a hand-over that holds requests back. */
  publish: 10_000,
  /** The successor starts, proves itself and takes over. */
  handOver: 20_000,
} as const;

const envelopeSchema = v.variant("ok", [
  v.object({ ok: v.literal(true), data: v.unknown() }),
  v.object({ ok: v.literal(false), error: errorSchema }),
]);
const codeSchema = v.fallback(v.picklist(FAILURE_CODES), "internal");
const successorSchema = v.object({ pid: v.number(), version: v.string() });

/** A running daemon, asked over its control socket. Every call throws Failure as `createControlClient` lists. */
export interface ControlClient {
  identity(): Promise<IdentityEntry>;
  status(): Promise<StatusDocument>;
  tunnel(name: string): Promise<TunnelEntry>;
  /** Resolves once the tunnel accepts; one that runs already is given as it is. */
  up(name: string): Promise<TunnelEntry>;
  down(name: string): Promise<TunnelEntry>;
  restartTunnel(name: string): Promise<TunnelEntry>;
  /** Resolves when the daemon has heard it; it ends a moment later. */
  stop(): Promise<void>;
  /** Lets the program at `program` take over from the daemon. */
  handOver(program: string): Promise<v.InferOutput<typeof successorSchema>>;
  registerSession(sessionId: string, metadata: Readonly<Record<string, string | number>>): Promise<void>;
  /** The newest lines of a log, then those that come; the generator ends with the daemon or with `signal`. */
  followLog(name: string, lines: number, signal?: AbortSignal): Promise<AsyncGenerator<string>>;
  /**
   * Publishes JSON texts; resolves once what is accepted is on disk, with one result for each.
   * @param key tells a repetition of this very call from another one; 1 to 200 visible characters.
   */
  publish(events: readonly string[], key: string): Promise<PublishedEntry>;
  /** One JSON document a line for what happens from now on; resolves when the daemon has begun to send. */
  events(signal: AbortSignal): Promise<AsyncGenerator<string>>;
}

/**
 * @throws Failure from every call: what the daemon refuses with, as it is; `daemon-not-started`, `daemon-not-running`,
 * `daemon-unreachable`, `permission-denied` and `timed-out` where it cannot be asked; `state-corrupt` where it does not run
 * and nothing can be told of it.
 */
export function createControlClient(paths: Pick<Paths, "control" | "state" | "home">): ControlClient {
  return {
    identity: () => ask("GET", "/v1/identity", identitySchema, LIMITS.look),
    status: () => ask("GET", "/v1/status", statusSchema, LIMITS.look),
    tunnel: (name) => ask("GET", tunnelRoute(name), tunnelSchema, LIMITS.look),
    up: (name) => ask("POST", `${tunnelRoute(name)}/up`, tunnelSchema, LIMITS.change),
    down: (name) => ask("POST", `${tunnelRoute(name)}/down`, tunnelSchema, LIMITS.change),
    restartTunnel: (name) => ask("POST", `${tunnelRoute(name)}/restart`, tunnelSchema, LIMITS.change),
    stop: async () => void (await ask("POST", "/v1/stop", v.unknown(), LIMITS.look)),
    handOver: (program) => ask("POST", "/v1/handover", successorSchema, LIMITS.handOver, { program }),
    registerSession: async (sessionId, metadata) =>
      void (await ask("POST", "/session-started", v.unknown(), LIMITS.look, { sessionId, metadata })),
    publish(events, key) {
      const answer = v.pipe(
        publishedSchema,
        v.check(({ results }) => results.length === events.length),
      );
      const route = `/v1/events?key=${encodeURIComponent(key)}`;
      return ask("POST", route, answer, LIMITS.publish, `[${events.join(",")}]`);
    },
    followLog: (name, lines, signal) =>
      openStream(`/v1/logs?name=${encodeURIComponent(name)}&lines=${lines}&follow=1`, signal),
    events: (signal) => openStream("/v1/events", signal),
  };

  async function ask<Schema extends v.GenericSchema>(
    method: "GET" | "POST",
    route: string,
    schema: Schema,
    milliseconds: number,
    body?: object | string,
  ): Promise<v.InferOutput<Schema>> {
    const text = await reach(route, milliseconds, async (signal) => (await send(method, route, signal, body)).text());
    return parse(schema, openEnvelope(text));
  }

  async function openStream(route: string, signal?: AbortSignal): Promise<AsyncGenerator<string>> {
    const response = await reach(route, undefined, () => send("GET", route, signal));
    if (!response.ok || response.body === null) throw senseless(openEnvelope(await response.text()));
    return splitLines(response.body);
  }

  /** @param body a text is JSON already. */
  function send(method: string, route: string, signal?: AbortSignal, body?: object | string): Promise<Response> {
    const json = typeof body === "object" ? JSON.stringify(body) : body;
    return fetch(`http://localhost${route}`, {
      method,
      unix: paths.control,
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
      throw explainFault(error);
    }
  }

  function explainFault(error: unknown): Failure {
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
        // One that dies keeps its socket for some milliseconds.
        const absence = explainAbsence(paths);
        if (absence.code === "daemon-not-running") return absence;
        return new Failure("daemon-unreachable", `the daemon ended before it had answered (${systemCode(error)})`, {
          hint: "wpdaemon status tells how it fares",
          cause: error,
        });
      }
    }
  }

  function openEnvelope(text: string): unknown {
    const envelope = parse(v.pipe(v.string(), v.parseJson(), envelopeSchema), text);
    if (envelope.ok) return envelope.data;
    const { code, message, hint } = envelope.error;
    throw new Failure(v.parse(codeSchema, code), message, { hint: hint ?? undefined });
  }

  function parse<Schema extends v.GenericSchema>(schema: Schema, input: unknown): v.InferOutput<Schema> {
    const parsed = v.safeParse(schema, input);
    if (!parsed.success) throw senseless(parsed.issues[0].message);
    return parsed.output;
  }

  function senseless(cause: unknown): Failure {
    return new Failure("daemon-unreachable", `what answers on ${paths.control} is no wpdaemon of this version`, {
      hint: "wpdaemon restart replaces a daemon of another version",
      cause,
    });
  }
}

function tunnelRoute(name: string): string {
  return `/v1/tunnels/${encodeURIComponent(name)}`;
}
