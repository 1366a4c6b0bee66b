import { describeError, Failure } from "../../platform/failure.ts";
import type { Trunk } from "../channel/trunk.ts";
import { TRUNK_WAIT_MS, type TrunkPool } from "../channel/trunk-pool.ts";
import type { ChannelId, ConnectorResponseMessage } from "../codec/message.ts";
import { newUuid } from "../codec/uuid.ts";
import type { LogLine } from "../options.ts";

interface ConnectorsOptions {
  readonly pool: TrunkPool;
  /** The token to register once the first connection is open; empty for none. */
  readonly token: string;
  readonly log: LogLine;
  readonly signal: AbortSignal;
}

/** The connector tokens that a provider manages at its server. */
export type Connectors = ReturnType<typeof createConnectors>;

interface Question {
  readonly trunk: Trunk;
  answer(response: ConnectorResponseMessage): void;
  fail(failure: Failure): void;
}

const RESPONSE_MS = 10_000;

export function createConnectors({ pool, token: firstToken, log, signal }: ConnectorsOptions) {
  const registered = new Set<string>();
  const asked = new Map<ChannelId, Question>();
  let registering: Promise<void> | undefined;
  let hasRegistered = false;

  return {
    add,
    /** @throws Failure */
    async remove(trunk: Trunk, token: string): Promise<void> {
      registered.delete(token);
      const { success, error } = await ask(trunk, token, "remove");
      if (!success) throw refused(error);
    },
    /**
     * A connection was opened: registers the first token, and after the loss of all connections every one again.
     * @throws Failure
     */
    async register(trunk: Trunk): Promise<void> {
      if (hasRegistered && pool.size === 1) await replay(trunk);
      // Another connection may be about it already.
      registering ??= registerFirst();
      await registering;
    },
    receive: (response: ConnectorResponseMessage): void => asked.get(response.request)?.answer(response),
    /** What was asked over this trunk will not be answered. */
    lose(trunk: Trunk): void {
      for (const question of asked.values()) {
        if (question.trunk === trunk) question.fail(new Failure("start-failed", "the connection was lost"));
      }
    },
  };

  /** @returns the token, the server's where none was given. @throws Failure `start-failed`, `timed-out`. */
  async function add(trunk: Trunk, token: string): Promise<string> {
    const given = await askToAdd(trunk, token);
    registered.add(given);
    return given;
  }

  async function replay(trunk: Trunk): Promise<void> {
    try {
      for (const token of registered) await askToAdd(trunk, token);
    } catch (error) {
      log("error", describeError(error));
    }
  }

  /** Asks over whichever connection lives long enough for the answer. */
  async function registerFirst(): Promise<void> {
    while (firstToken !== "" && !signal.aborted) {
      const trunk = await pool.pick(TRUNK_WAIT_MS);
      if (trunk === undefined) continue;
      try {
        await add(trunk, firstToken);
        log("info", "the connector token is registered");
        break;
      } catch (error) {
        if (pool.has(trunk)) throw error;
      }
    }
    hasRegistered = true;
  }

  /** A Go server remembers a token beyond the connection that it belonged to; removing it first helps. */
  async function askToAdd(trunk: Trunk, token: string): Promise<string> {
    let response = await ask(trunk, token, "add");
    if (!response.success && response.error === "connector token already exists") {
      await ask(trunk, token, "remove");
      response = await ask(trunk, token, "add");
    }
    if (!response.success) throw refused(response.error);
    return response.token || token;
  }

  async function ask(trunk: Trunk, token: string, operation: "add" | "remove"): Promise<ConnectorResponseMessage> {
    const request = newUuid();
    const { promise, resolve, reject } = Promise.withResolvers<ConnectorResponseMessage>();
    const timer = setTimeout(
      () => reject(new Failure("timed-out", "timeout waiting for connector response")),
      RESPONSE_MS,
    );
    asked.set(request, { trunk, answer: resolve, fail: reject });
    try {
      trunk.send({ type: "connector", request, token, operation });
      return await promise;
    } finally {
      asked.delete(request);
      clearTimeout(timer);
    }
  }
}

function refused(error: string): Failure {
  return new Failure("start-failed", `the server refused the connector token: ${error}`, {
    hint: "a provider may manage connector tokens only where the server runs with connector autonomy",
  });
}
