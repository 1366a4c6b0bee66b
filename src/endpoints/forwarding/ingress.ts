import type { SocketStream } from "../../net/byte-stream.ts";
import { type Conversation, openConversation } from "../../net/conversation.ts";
import { formatHostAndPort, type HostAndPort } from "../../net/host-and-port.ts";
import { systemCode } from "../../platform/failure.ts";
import { escapeControls } from "../../platform/plain-text.ts";
import { onAbort } from "../../platform/waiting.ts";
import { createBreaker } from "./breaker.ts";
import { DialError } from "./dial-error.ts";
import {
  type ConnectResponse,
  decodeConnectResponse,
  decodeLength,
  encodeConnectRequest,
  LENGTH_BYTES,
} from "./frame.ts";

/** What we prove ourselves with to the ingress, PEM. */
export interface ClientIdentity {
  readonly cert: string;
  readonly key: string;
}

export interface IngressOptions {
  readonly address: HostAndPort;
  /** Asked for each connection, so that a renewed certificate is used from then on; undefined while there is none. */
  readonly identity: () => ClientIdentity | undefined;
  /** The authorities that are trusted, PEM, be they roots or not; undefined takes any certificate at all. */
  readonly authorities: readonly string[] | undefined;
  /** How long an attempt may take until the ingress has answered, in milliseconds; 10,000 by default. */
  readonly milliseconds?: number;
}

/** A connection that the ingress has accepted; its stream keeps the bytes that came behind the answer. */
export interface IngressConnection {
  readonly stream: SocketStream;
  readonly response: ConnectResponse;
}

const ANSWER_MS = 10_000;
/** May come behind the answer before the stream is listened to: one read. */
const UNREAD_BYTES = 1024 * 1024;
/** Of a text that the ingress has for people, and how many notices are told. */
const LONGEST_TEXT = 300;
const MOST_NOTICES = 5;

/** ngrok's ingress, docs/protocols/endpoints.md#ingress: one connection over mutual TLS for each that is carried. */
export function createIngress({ address, identity, authorities, milliseconds = ANSWER_MS }: IngressOptions) {
  const name = formatHostAndPort(address);
  const breaker = createBreaker();
  let session: { readonly of: string; readonly bytes: Buffer } | undefined;

  return {
    address,
    /** `open` while it has failed so often that nobody waits for it. */
    get breaker() {
      return breaker.state;
    },
    /**
     * Opens a connection to an endpoint. Where none can be had it is tried a second time at once.
     * @param port that of the endpoint's URL.
     * @throws DialError.
     */
    async dial(host: string, port: number, signal: AbortSignal): Promise<IngressConnection> {
      const request = encodeConnectRequest(host, port);
      try {
        return await attempt(request, signal);
      } catch (error) {
        const isWorthIt = error instanceof DialError && error.code === "unreachable" && !signal.aborted;
        if (!isWorthIt) throw error;
        return await attempt(request, signal);
      }
    },
  };

  async function attempt(request: Uint8Array, signal: AbortSignal): Promise<IngressConnection> {
    const own = identity();
    if (own === undefined)
      throw new DialError("certificate-refused", "there is no certificate yet to show to the ingress");
    if (!breaker.admit())
      throw new DialError("paused", `the ingress ${name} has failed several times: a connection is tried again soon`);
    try {
      const connection = await open(request, own, signal);
      breaker.succeeded();
      return connection;
    } catch (error) {
      if (signal.aborted) breaker.abandoned();
      else breaker.failed();
      throw error;
    }
  }

  async function open(request: Uint8Array, own: ClientIdentity, signal: AbortSignal): Promise<IngressConnection> {
    let alert: Error | undefined;
    const conversation = await openConversation(address, milliseconds, UNREAD_BYTES, {
      options: {
        serverName: address.host,
        cert: own.cert,
        key: own.key,
        ...(authorities === undefined
          ? { rejectUnauthorized: false }
          : { ca: [...authorities], allowPartialTrustChain: true }),
      },
      // A session is one with the certificate that it began with.
      session: session?.of === own.cert ? session.bytes : undefined,
      onSession(bytes) {
        session = { of: own.cert, bytes };
      },
      onFault(error) {
        alert = error;
      },
    }).catch((error) => {
      throw explainConnect(name, error);
    });
    using _ = onAbort(signal, conversation[Symbol.dispose]);
    try {
      conversation.send(request);
      const response = await takeResponse(conversation);
      if (response.errorCode === "" && response.errorMessage === "")
        return { stream: conversation.release(), response };
      throw refusedBy(response);
    } catch (error) {
      conversation[Symbol.dispose]();
      throw error instanceof DialError ? error : explainAnswer(name, error, alert);
    }
  }
}

async function takeResponse(conversation: Conversation): Promise<ConnectResponse> {
  const length = decodeLength(await conversation.take(LENGTH_BYTES));
  const body = await conversation.take(length);
  try {
    const response = decodeConnectResponse(body);
    return { ...response, notices: response.notices.slice(0, MOST_NOTICES).map(tame) };
  } catch (error) {
    throw new DialError(
      "bad-answer",
      `the ingress's answer cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function refusedBy({ errorCode, errorMessage }: ConnectResponse): DialError {
  const said = [errorCode, errorMessage].filter((text) => text !== "").map(tame);
  // It is counted under its code, so that not any text may be one.
  const code = /^ERR_NGROK_\d{1,6}$/.test(errorCode) ? errorCode : "refused";
  return new DialError(code, `ngrok refuses the connection: ${said.join(": ")}`);
}

/** A text of the ingress's, as a log and a terminal can have it. */
function tame(text: string): string {
  return escapeControls(text.slice(0, LONGEST_TEXT));
}

function explainConnect(name: string, error: unknown): DialError {
  const code = systemCode(error) ?? "";
  const words = error instanceof Error ? error.message : String(error);
  if (/ALERT/.test(words)) return certificateRefused(name, words);
  if (/CERT|ISSUER|SELF_SIGNED|ALTNAME|VERIFY/.test(code)) {
    return new DialError("not-trusted", `the certificate of the ingress ${name} is not trusted: ${code}`);
  }
  if (code === "EPROTO") return new DialError("unreachable", `the ingress ${name} does not speak TLS`);
  return new DialError("unreachable", `the ingress ${name} cannot be reached: ${code === "" ? words : code}`);
}

/** In TLS 1.3 the server judges our certificate only after the handshake. */
function explainAnswer(name: string, error: unknown, alert: Error | undefined): DialError {
  const words = error instanceof Error ? error.message : String(error);
  if (alert !== undefined && /ALERT/.test(alert.message)) return certificateRefused(name, alert.message);
  if (words === "timed out") return new DialError("no-answer", `the ingress ${name} has not answered in time`);
  if (words === "closed early") return certificateRefused(name, "closed without an answer");
  return new DialError("no-answer", `the ingress ${name} has not answered: ${words}`);
}

function certificateRefused(name: string, words: string): DialError {
  const alert = /[A-Z\d]+_ALERT_(\w+)/.exec(words)?.[1]?.toLowerCase().replaceAll("_", " ") ?? words;
  return new DialError(
    "certificate-refused",
    `the ingress ${name} has not taken our certificate (${alert}): it is expired, revoked with its operator, or issued for another ingress`,
  );
}
