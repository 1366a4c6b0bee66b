import { inNextTurn, startTimer } from "../../platform/timers.ts";
import { onAbort } from "../../platform/waiting.ts";
import { readFrame, type TrunkMessage } from "../channel/read-frame.ts";
import { createTrunk, type Trunk } from "../channel/trunk.ts";
import { workByTurns } from "../channel/work-by-turns.ts";
import { decodeMessage } from "../codec/decode.ts";
import type { AuthMessage } from "../codec/message.ts";
import { type ClientLinkOptions, openClientLink } from "../link/client-link.ts";
import { type KeepAlive, keepAlive } from "../link/keep-alive.ts";
import { CLOSE_CODE, type Link, type LinkListener, sayGoodbye } from "../link/link.ts";

export interface TrunkOptions {
  readonly link: ClientLinkOptions;
  /** The message to send first, where the URL does not authenticate. */
  readonly authentication: AuthMessage | undefined;
  readonly now: () => number;
  /** What concerns no channel, from the moment of acceptance on. */
  onMessage(trunk: Trunk, message: TrunkMessage): void;
  /** Once, if it was accepted. */
  onClose(reason: string): void;
}

/** An authenticated connection to a server. */
export interface OpenTrunk {
  readonly trunk: Trunk;
  readonly alive: KeepAlive;
  /** The token to use from now on, where the server gave one. */
  readonly assignedToken: string | undefined;
}

/** The server has refused the token. The message is the server's. */
export class AuthenticationRefused extends Error {}

/** A server that has not answered by then never will; Go's client would wait for ever. */
const ANSWER_MS = 15_000;

/** What may overtake a Go server's answer, which puts less than 2 MiB into one message. */
const MOST_EARLY_FRAMES = 1_000;
const MOST_EARLY_BYTES = 2 * 1024 * 1024;

/**
 * Connects and authenticates; docs/protocols/linksocks.md#auth-and-authresponse. Messages that overtake the server's
 * answer wait for it.
 * @throws AuthenticationRefused, UpgradeRefused, or Error with a sentence for people.
 */
export async function openTrunk(options: TrunkOptions): Promise<OpenTrunk> {
  const answered = Promise.withResolvers<OpenTrunk>();
  const { signal, part } = options.link;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let refuse = (error: Error): void => answered.reject(error);
  // Where the opening fails, there is nobody else to hear of it.
  answered.promise.catch(() => undefined);
  try {
    using _ = onAbort(signal, () => refuse(new Error("given up")));
    await openClientLink(options.link, accept);
    const trunk = await answered.promise;
    // A server of ours says in the same breath that it keeps windows; that is heard before the first request goes out.
    await new Promise<void>((resolve) => inNextTurn(part, resolve));
    return trunk;
  } finally {
    clearTimeout(timer);
  }

  function accept(link: Link): LinkListener {
    const trunk = createTrunk(link);
    const read = workByTurns(trunk, (frame) => readFrame(trunk, frame, (message) => options.onMessage(trunk, message)));
    const alive = keepAlive(link, options.now);
    const early: Buffer[] = [];
    let earlyBytes = 0;
    let isAccepted = false;
    let isRefused = false;
    refuse = refuseLink;
    timer = startTimer(part, ANSWER_MS, () => refuseLink(new Error("the server does not answer")));
    if (options.authentication !== undefined) trunk.send(options.authentication);
    return {
      onFrame(frame) {
        alive.onLife();
        if (isAccepted) read(frame);
        else if (!isRefused) readAnswer(frame);
      },
      onDrain: trunk.drain,
      onPong: alive.onPong,
      onLife: alive.onLife,
      onClose(reason) {
        alive.stop();
        trunk.end();
        answered.reject(new Error(reason));
        if (isAccepted) options.onClose(reason);
      },
    };

    function readAnswer(frame: Buffer): void {
      const message = decodeMessage(frame);
      if (message.type === "malformed") refuseLink(new Error(message.reason), CLOSE_CODE.protocolError);
      else if (message.type !== "auth-response") {
        earlyBytes += frame.length;
        if (early.push(frame) > MOST_EARLY_FRAMES || earlyBytes > MOST_EARLY_BYTES) {
          early.length = 0;
          refuseLink(new Error("the server sends much and does not answer"), CLOSE_CODE.policy);
        }
      } else if (message.success) {
        isAccepted = true;
        answered.resolve({ trunk, alive, assignedToken: message.assignedToken });
        for (const waiting of early) read(waiting);
      } else refuseLink(new AuthenticationRefused(message.error));
    }

    function refuseLink(error: Error, code: number = CLOSE_CODE.normal): void {
      isRefused = true;
      answered.reject(error);
      sayGoodbye(link, code, "");
    }
  }
}
