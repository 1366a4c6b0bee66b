import { decodeMessage } from "../../src/linksocks/codec/decode.ts";
import type { Decoded } from "../../src/linksocks/codec/message.ts";
import type { Link } from "../../src/linksocks/link/link.ts";

export interface FakeLink extends Link {
  /** What was sent, decoded, in order. */
  readonly sent: Decoded[];
  readonly isPaused: boolean;
  readonly isTerminated: boolean;
  readonly closedWith: { readonly code: number; readonly reason: string } | undefined;
  congested: boolean;
  /** What was sent since the last call. */
  takeSent(): readonly Decoded[];
}

/** A link that keeps what is sent over it. */
export function createFakeLink(): FakeLink {
  const sent: Decoded[] = [];
  let taken = 0;
  let isPaused = false;
  let isTerminated = false;
  let closedWith: FakeLink["closedWith"];
  return {
    part: "link",
    sent,
    congested: false,
    get isPaused() {
      return isPaused;
    },
    get isTerminated() {
      return isTerminated;
    },
    get closedWith() {
      return closedWith;
    },
    send: (frame) => void sent.push(decodeMessage(Buffer.from(frame))),
    get isCongested() {
      return this.congested;
    },
    get bufferedBytes() {
      return this.congested ? 64 * 1024 * 1024 : 0;
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
    },
    ping: () => undefined,
    pong: () => undefined,
    close(code, reason) {
      closedWith = { code, reason };
    },
    terminate() {
      isTerminated = true;
    },
    takeSent() {
      const fresh = sent.slice(taken);
      taken = sent.length;
      return fresh;
    },
  };
}
