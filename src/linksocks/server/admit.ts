import { startTimer } from "../../platform/timers.ts";
import { readFrame, type TrunkMessage } from "../channel/read-frame.ts";
import { createTrunk, type Trunk } from "../channel/trunk.ts";
import { workByTurns } from "../channel/work-by-turns.ts";
import { decodeMessage } from "../codec/decode.ts";
import { SERVER_HELLO } from "../codec/message.ts";
import { formatUuid } from "../codec/uuid.ts";
import { CLOSE_CODE, type Link, type LinkListener, sayGoodbye } from "../link/link.ts";
import type { Token } from "./token-registry.ts";

/** What a client calls itself, in its URL or its Auth message; docs/protocols/linksocks.md#opening-the-websocket. */
export type Credentials =
  | { readonly by: "url"; readonly token: string; readonly reverse: string | null; readonly instance: string }
  | { readonly by: "message"; readonly token: string; readonly reverse: boolean; readonly instance: string };

export type Role = "client" | "connector" | "provider";

export type Decision =
  | { readonly isAccepted: true; readonly token: Token; readonly role: Role }
  | { readonly isAccepted: false; readonly reason: string };

/** An authenticated client of a server. */
export interface Peer {
  readonly trunk: Trunk;
  readonly role: Role;
  readonly token: Token;
  /** The client's UUID, as text; one of this connection alone where it gave none. */
  readonly instance: string;
  /** Where it comes from, for logs. */
  readonly address: string;
}

interface AdmitOptions {
  readonly link: Link;
  readonly address: string;
  /** Bytes of a channel that go into one message at most. */
  readonly bufferSize: number;
  /** Undefined where it has to send an Auth message. */
  readonly credentials: Credentials | undefined;
  decide(credentials: Credentials): Decision;
  /** Watches a paused link for its first message; gives what ends the watch, or undefined where it cannot be watched. */
  watchFirstMessage(handlers: { onShort(): void; onTooLong(): void; onGone(): void }): (() => void) | undefined;
  onRefused(reason: string): void;
  /** Authenticated; its messages follow. */
  onAdmitted(peer: Peer): void;
  onMessage(peer: Peer, message: TrunkMessage, frame: Buffer): void;
  onLost(peer: Peer, reason: string): void;
  /** The last of a link that never got so far. */
  onGone(): void;
}

/** A client that does not say who it is within this time is closed; Go would wait for ever. */
const AUTHENTICATION_MS = 10_000;

/**
 * A new WebSocket: authenticates it, then hands its messages on in the order in which they came. The answer is written
 * before anything else can be: Go's clients take any other first message for an error.
 * docs/protocols/linksocks.md#auth-and-authresponse.
 */
export function admit(options: AdmitOptions): LinkListener {
  const { link, address } = options;
  const trunk = createTrunk(link, options.bufferSize);
  const read = workByTurns(trunk, (frame) => {
    readFrame(trunk, frame, (message) => {
      if (peer !== undefined) options.onMessage(peer, message, frame);
    });
  });
  let peer: Peer | undefined;
  let isRefused = false;
  const timer = startTimer(link.part, AUTHENTICATION_MS, () => refuse("authentication timed out"));
  let stopWatching: (() => void) | undefined;
  if (options.credentials !== undefined) examine(options.credentials);
  else watch();

  return {
    onFrame(frame) {
      if (peer !== undefined) read(frame);
      else if (!isRefused) readAuthentication(frame);
    },
    onDrain: trunk.drain,
    onPong: () => undefined,
    onLife: () => undefined,
    onClose(reason) {
      clearTimeout(timer);
      stopWatching?.();
      trunk.end();
      if (peer === undefined) options.onGone();
      else options.onLost(peer, reason);
    },
  };

  /** Nothing is read of a client without a token before its message is known to be short. */
  function watch(): void {
    link.pause();
    const onTooLong = () => refuse("invalid auth message: too long", CLOSE_CODE.tooLong);
    stopWatching = options.watchFirstMessage({ onShort: link.resume, onTooLong, onGone: link.terminate });
    if (stopWatching === undefined) link.resume();
  }

  function readAuthentication(frame: Buffer): void {
    const message = decodeMessage(frame);
    if (message.type === "auth") {
      const { token, reverse, instance } = message;
      examine({ by: "message", token, reverse, instance: formatUuid(instance) });
    } else refuse(message.type === "malformed" ? `invalid auth message: ${message.reason}` : "invalid auth message");
  }

  function examine(credentials: Credentials): void {
    const decision = options.decide(credentials);
    if (decision.isAccepted) accept(decision.role, decision.token, credentials.instance);
    else refuse(decision.reason);
  }

  function accept(role: Role, token: Token, instance: string): void {
    clearTimeout(timer);
    trunk.send({ type: "auth-response", success: true, error: "" });
    trunk.send(SERVER_HELLO);
    trunk.mayKeepWindows = true;
    peer = { trunk, role, token, instance, address };
    options.onAdmitted(peer);
  }

  function refuse(reason: string, code: number = CLOSE_CODE.policy): void {
    if (isRefused) return;
    isRefused = true;
    clearTimeout(timer);
    stopWatching?.();
    trunk.send({ type: "auth-response", success: false, error: reason });
    sayGoodbye(link, code, reason);
    // Who still sends is not read, and has as long to hear why.
    link.pause();
    options.onRefused(reason);
  }
}
