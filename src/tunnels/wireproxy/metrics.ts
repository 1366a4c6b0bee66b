import * as v from "valibot";
import { getFromLoopback } from "../../net/http-get.ts";
import type { Counters } from "../driver/vitals.ts";

/** For the whole exchange; an answer takes 0.4 ms. */
const DEADLINE_MS = 1_000;

/** One peer fills 400 bytes, and twenty more for each of its AllowedIPs. */
const ANSWER_BYTES = 64 * 1024;

const numberSchema = v.pipe(v.string(), v.regex(/^\d{1,19}$/), v.transform(Number));
const peerSchema = v.object({
  endpoint: v.optional(v.string()),
  last_handshake_time_sec: numberSchema,
  last_handshake_time_nsec: numberSchema,
  tx_bytes: numberSchema,
  rx_bytes: numberSchema,
  persistent_keepalive_interval: numberSchema,
});
const peersSchema = v.pipe(v.array(peerSchema), v.minLength(1));

/**
 * Asks a wireproxy's info server for its counters, on 127.0.0.1 (docs/protocols/line.md, wireproxy's info port).
 * Only ever `/metrics`: asking for `/readyz` may end the process. Several peers are summed.
 * @returns undefined for any fault: nobody there, too slow, not what it should be.
 */
export async function readMetrics(port: number): Promise<Counters | undefined> {
  try {
    const text = await getFromLoopback(port, "/metrics", { milliseconds: DEADLINE_MS, bytes: ANSWER_BYTES });
    return parseMetrics(text);
  } catch {
    return undefined;
  }
}

function parseMetrics(text: string): Counters {
  const peers = v.parse(peersSchema, splitPeers(text));
  const latest = peers.reduce((one, other) => (handshakeTime(other) > handshakeTime(one) ? other : one));
  return {
    sent: peers.reduce((sum, peer) => sum + peer.tx_bytes, 0),
    received: peers.reduce((sum, peer) => sum + peer.rx_bytes, 0),
    handshakeAt: handshakeTime(latest) || null,
    endpoint: latest.endpoint ?? null,
    keepAliveSeconds: peers.map((peer) => peer.persistent_keepalive_interval),
  };
}

/** A peer begins with its `public_key`; what comes before the first is the device's. */
function splitPeers(text: string): readonly { readonly [key: string]: string }[] {
  return text
    .split(/^(?=public_key=)/m)
    .filter((part) => part.startsWith("public_key="))
    .map((part) => Object.fromEntries(part.split("\n").map((line) => splitPair(line))));
}

function splitPair(line: string): readonly [string, string] {
  const sign = line.indexOf("=");
  return [line.slice(0, Math.max(sign, 0)), line.slice(sign + 1)];
}

/** Milliseconds since the epoch; 0 before the first handshake. */
function handshakeTime(peer: v.InferOutput<typeof peerSchema>): number {
  return peer.last_handshake_time_sec * 1_000 + Math.floor(peer.last_handshake_time_nsec / 1e6);
}
