import * as v from "valibot";
import { getFromLoopback } from "../../net/http-get.ts";
import type { Counters, PeerCounters } from "../driver/vitals.ts";
import { METRICS_PATH } from "./log-signs.ts";

/** For the whole exchange; an answer takes 0.4 ms. */
const DEADLINE_MS = 1_000;

/**
 * One peer fills 400 bytes, and each of its AllowedIPs up to 54. A config has at most 1 MiB, in which a network takes 8
 * bytes at least.
 */
const ANSWER_BYTES = 8 * 1024 * 1024;
export const METRICS_LIMITS = { milliseconds: DEADLINE_MS, bytes: ANSWER_BYTES } as const;

const numberSchema = digitsSchema(19);
const peerSchema = v.object({
  public_key: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/), v.transform(shortName)),
  endpoint: v.optional(v.string()),
  // A time beyond the year 5138 is none, and no date could show a much later one.
  last_handshake_time_sec: digitsSchema(11),
  last_handshake_time_nsec: digitsSchema(9),
  tx_bytes: numberSchema,
  rx_bytes: numberSchema,
  persistent_keepalive_interval: numberSchema,
});
const peersSchema = v.pipe(v.array(peerSchema), v.minLength(1));

/**
 * Asks a wireproxy's info server for its counters, on 127.0.0.1 (docs/protocols/line.md, wireproxy's info port).
 * Only ever `/metrics`: asking for `/readyz` may end the process. Several peers are summed, and given one by one as well.
 * @returns `too long` for an answer beyond the limit; undefined for any other fault: nobody there, too slow, not what it
 * should be.
 */
export async function readMetrics(port: number): Promise<Counters | "too long" | undefined> {
  return await getFromLoopback(port, METRICS_PATH, METRICS_LIMITS)
    .then(parseMetrics)
    .catch((error) => (error instanceof Error && error.message === "too long" ? "too long" : undefined));
}

function parseMetrics(text: string): Counters {
  const peers = v.parse(peersSchema, splitPeers(text)).map(describePeer);
  const latest = peers.reduce((one, other) => ((other.handshakeAt ?? 0) > (one.handshakeAt ?? 0) ? other : one));
  return {
    sent: peers.reduce((sum, peer) => sum + peer.sent, 0),
    received: peers.reduce((sum, peer) => sum + peer.received, 0),
    handshakeAt: latest.handshakeAt,
    endpoint: latest.endpoint,
    keepAliveSeconds: peers.flatMap(({ keepAliveSeconds = [] }) => keepAliveSeconds),
    ...(peers.length > 1 ? { peers } : {}),
  };
}

function describePeer(peer: v.InferOutput<typeof peerSchema>): PeerCounters {
  return {
    name: peer.public_key,
    sent: peer.tx_bytes,
    received: peer.rx_bytes,
    handshakeAt: handshakeTime(peer) || null,
    endpoint: peer.endpoint ?? null,
    keepAliveSeconds: [peer.persistent_keepalive_interval],
  };
}

function digitsSchema(most: number) {
  return v.pipe(v.string(), v.regex(/^\d+$/), v.maxLength(most), v.transform(Number));
}

/** @param key 32 bytes in hex. */
function shortName(key: string): string {
  const base64 = Buffer.from(key, "hex").toString("base64");
  return `${base64.slice(0, 4)}…${base64.slice(39, 43)}`;
}

/** A peer begins with its `public_key`; what comes before the first is the device's. */
function splitPeers(text: string): readonly { readonly [key: string]: string }[] {
  return text
    .split(/^(?=public_key=)/m)
    .filter((part) => part.startsWith("public_key="))
    .map((part) => part.split("\n").filter((line) => !line.startsWith("allowed_ip=")))
    .map((lines) => Object.fromEntries(lines.map((line) => splitPair(line))));
}

function splitPair(line: string): readonly [string, string] {
  const sign = line.indexOf("=");
  return [line.slice(0, Math.max(sign, 0)), line.slice(sign + 1)];
}

/** Milliseconds since the epoch; 0 before the first handshake. */
function handshakeTime(peer: v.InferOutput<typeof peerSchema>): number {
  return peer.last_handshake_time_sec * 1_000 + Math.floor(peer.last_handshake_time_nsec / 1e6);
}
