import { describeError, Failure } from "../../platform/failure.ts";
import { within } from "../../platform/waiting.ts";
import type { Trunk } from "../channel/trunk.ts";
import { TRUNK_WAIT_MS, type TrunkPool } from "../channel/trunk-pool.ts";
import type { ChannelId, ConnectorResponseMessage } from "../codec/message.ts";
import { newUuid } from "../codec/uuid.ts";
import type { LogLine } from "../options.ts";

interface ConnectorsOptions {
  readonly pool: TrunkPool;
  /** Empty for none. */
  readonly token: string;
  readonly log: LogLine;
  readonly signal: AbortSignal;
}

/** Registers a provider's connector token at its server. */
export type Connectors = ReturnType<typeof createConnectors>;

const RESPONSE_MS = 10_000;

export function createConnectors({ pool, token, log, signal }: ConnectorsOptions) {
  const asked = new Map<ChannelId, PromiseWithResolvers<ConnectorResponseMessage> & { readonly trunk: Trunk }>();
  let registering: Promise<void> | undefined;
  let hasRegistered = false;

  return {
    /**
     * A connection was opened: registers the token with the first, and again after the loss of all connections.
     * @throws Failure
     */
    async register(trunk: Trunk): Promise<void> {
      if (token === "") return;
      if (hasRegistered && pool.size === 1) await add(trunk).catch((error) => log("error", describeError(error)));
      // Another connection may be about it already.
      registering ??= registerFirst();
      await registering;
    },
    receive: (response: ConnectorResponseMessage): void => asked.get(response.request)?.resolve(response),
    /** What was asked over this trunk will not be answered. */
    lose(trunk: Trunk): void {
      for (const question of asked.values()) {
        if (question.trunk === trunk) question.reject(new Failure("start-failed", "the connection was lost"));
      }
    },
  };

  /** Asks over whichever connection lives long enough for the answer. */
  async function registerFirst(): Promise<void> {
    while (!hasRegistered && !signal.aborted) {
      const trunk = await pool.pick(TRUNK_WAIT_MS);
      if (trunk === undefined) continue;
      try {
        await add(trunk);
        log("info", "the connector token is registered");
        hasRegistered = true;
      } catch (error) {
        if (pool.has(trunk)) throw error;
      }
    }
  }

  /** A Go server remembers a token beyond the connection that it belonged to; removing it first helps. */
  async function add(trunk: Trunk): Promise<void> {
    let response = await ask(trunk, "add");
    if (!response.success && response.error === "connector token already exists") {
      await ask(trunk, "remove");
      response = await ask(trunk, "add");
    }
    if (!response.success) throw refused(response.error);
  }

  async function ask(trunk: Trunk, operation: "add" | "remove"): Promise<ConnectorResponseMessage> {
    const request = newUuid();
    const question = { trunk, ...Promise.withResolvers<ConnectorResponseMessage>() };
    asked.set(request, question);
    try {
      trunk.send({ type: "connector", request, token, operation });
      const late = () => new Failure("timed-out", "timeout waiting for connector response");
      return await within(question.promise, RESPONSE_MS, late);
    } finally {
      asked.delete(request);
    }
  }
}

function refused(error: string): Failure {
  return new Failure("start-failed", `the server refused the connector token: ${error}`, {
    hint: "a provider may manage connector tokens only where the server runs with connector autonomy",
  });
}
