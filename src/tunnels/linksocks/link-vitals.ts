import type { ClientStatus, LinkSocksClient } from "../../linksocks/client/client.ts";
import type { SignEvent, Vitals } from "../driver/vitals.ts";

/** Data went out and nothing came back for so long: the server is asked. Milliseconds, as everywhere here. */
const ASK_AFTER_MS = 3_000;
/** The client pings twice a minute by itself; beyond that its silence is odd, whatever was sent. */
const ODD_SILENCE_MS = 45_000;
const ANSWER_WITHIN_MS = 3_000;
/** While no connection stands, this counts as one more handshake without answer, as with WireGuard's retries. */
const RETRY_MS = 5_000;

/**
 * What a client's connections tell of its server, in the words that every tunnel's health is weighed by. An upload may
 * go on for long without a byte of its target's; what the server itself owes is the answer to a ping.
 * @param epoch gives milliseconds since the epoch.
 * @returns a function that tells what is new since its last call.
 */
export function watchLink(link: Pick<LinkSocksClient, "status" | "ping">, epoch: () => number): () => Promise<Vitals> {
  let heardAt: number | undefined;
  let nextMissAt = Number.NEGATIVE_INFINITY;
  let sentBefore = 0;

  return async () => {
    const first = link.status();
    const isAnswered = needsAsking(first) ? await answers() : true;
    const status = isAnswered ? link.status() : first;
    sentBefore = status.sentBytes;
    const at = performance.now();
    return { signs: [...hear(status, at), ...miss(status, isAnswered, at)], counters: countersOf(status, at) };
  };

  function needsAsking({ connected, silentMs, sentBytes }: ClientStatus): boolean {
    if (connected === 0 || silentMs === undefined) return false;
    return silentMs > ODD_SILENCE_MS || (silentMs > ASK_AFTER_MS && sentBytes > sentBefore);
  }

  function answers(): Promise<boolean> {
    return link.ping(ANSWER_WITHIN_MS).then(
      () => true,
      () => false,
    );
  }

  function hear({ silentMs }: ClientStatus, now: number): readonly SignEvent[] {
    if (silentMs === undefined) return [];
    const at = now - silentMs;
    // The same moment, measured twice.
    if (heardAt !== undefined && at - heardAt < 1) return [];
    heardAt = at;
    return [{ sign: "heard", at }];
  }

  function miss({ connected, lastFailure }: ClientStatus, isAnswered: boolean, at: number): readonly SignEvent[] {
    if (connected > 0 && isAnswered) nextMissAt = Number.NEGATIVE_INFINITY;
    else if (at >= nextMissAt) {
      nextMissAt = at + RETRY_MS;
      return [{ sign: "lost", at, detail: connected > 0 ? "nothing came for a ping" : lastFailure }];
    }
    return [];
  }

  function countersOf({ sentBytes, receivedBytes }: ClientStatus, now: number): Vitals["counters"] {
    return {
      sent: sentBytes,
      received: receivedBytes,
      handshakeAt: heardAt === undefined ? null : Math.round(epoch() - (now - heardAt)),
      endpoint: null,
      // What is counted is what applications send: none of it is a keep-alive.
      keepAliveSeconds: [],
    };
  }
}
