import { Failure } from "../../platform/failure.ts";
import type { Session } from "../channel/session.ts";
import type { ChannelId, ConnectorResponseMessage } from "../codec/message.ts";
import { newUuid } from "../codec/uuid.ts";

/** The connector tokens that a provider manages at its server; section 3.7. */
export interface Connectors {
  /** @returns the token, the server's where none was given. @throws Failure `start-failed`, `timed-out`. */
  add(session: Session, token: string): Promise<string>;
  /** @throws Failure */
  remove(session: Session, token: string): Promise<void>;
  /** Registers all of them anew, after a reconnect. @throws Failure */
  replay(session: Session): Promise<void>;
  receive(response: ConnectorResponseMessage): void;
  /** What was asked over this session will not be answered. */
  lose(session: Session): void;
}

interface Question {
  readonly session: Session;
  answer(response: ConnectorResponseMessage): void;
  fail(failure: Failure): void;
}

const RESPONSE_MS = 10_000;

export function createConnectors(): Connectors {
  const registered = new Set<string>();
  const asked = new Map<ChannelId, Question>();

  return {
    async add(session, token) {
      const given = await register(session, token);
      registered.add(given);
      return given;
    },
    async remove(session, token) {
      registered.delete(token);
      const { success, error } = await ask(session, token, "remove");
      if (!success) throw refused(error);
    },
    async replay(session) {
      for (const token of registered) await register(session, token);
    },
    receive: (response) => asked.get(response.request)?.answer(response),
    lose(session) {
      for (const question of asked.values()) {
        if (question.session === session) question.fail(new Failure("start-failed", "the connection was lost"));
      }
    },
  };

  /** A Go server remembers a token beyond the connection that it belonged to; removing it first helps. Section 3.7. */
  async function register(session: Session, token: string): Promise<string> {
    let response = await ask(session, token, "add");
    if (!response.success && response.error === "connector token already exists") {
      await ask(session, token, "remove");
      response = await ask(session, token, "add");
    }
    if (!response.success) throw refused(response.error);
    return response.token || token;
  }

  async function ask(session: Session, token: string, operation: "add" | "remove"): Promise<ConnectorResponseMessage> {
    const request = newUuid();
    const { promise, resolve, reject } = Promise.withResolvers<ConnectorResponseMessage>();
    const timer = setTimeout(
      () => reject(new Failure("timed-out", "timeout waiting for connector response")),
      RESPONSE_MS,
    );
    asked.set(request, { session, answer: resolve, fail: reject });
    session.send({ type: "connector", request, token, operation });
    try {
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
