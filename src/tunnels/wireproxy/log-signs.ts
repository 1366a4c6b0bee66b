import type { Sign } from "../driver/vitals.ts";

interface LogSign {
  readonly sign: Sign;
  /** Of `send-failed`: the system's words. */
  readonly detail?: string;
}

/**
 * What a line of wireproxy 1.1.3's log says about the peer (docs/protocols/line.md, wireproxy's log lines). Letters' case
 * does not matter. Undefined for everything else, above all:
 * - `Sending handshake initiation`, `UDP bind has been updated`, `Interface state was …`: they come from a tunnel whose
 *   network is dead just as well, so they must not stand for a sign of life;
 * - `Removing all keys, since we haven't received a new one in 540 seconds`: every idle tunnel says that, too.
 */
export function readSign(line: string): LogSign | undefined {
  const { level, message } = takeApart(line);
  const sign = OPENINGS.find(({ opening }) => message.startsWith(opening))?.sign;
  if (sign !== undefined) return { sign };
  const systemText = SYSTEM_TEXTS.find((text) => message.includes(text));
  if (SOCKET_TROUBLE.test(message)) return { sign: "send-failed", detail: systemText ?? lastPart(message) };
  const isOutside = level === "error" && !INNER_TROUBLE.test(message);
  return isOutside && systemText !== undefined ? { sign: "send-failed", detail: systemText } : undefined;
}

/** Whether a line only tells that somebody looked at the counters; nobody wants to read that. */
export function isNoise(line: string): boolean {
  return takeApart(line).message.startsWith("health metric request: ");
}

/** The longer opening first where one begins like the other. */
const OPENINGS: readonly { readonly opening: string; readonly sign: Sign }[] = [
  { opening: "received handshake response", sign: "answered" },
  { opening: "receiving keepalive packet", sign: "heard" },
  { opening: "handshake did not complete after 20 attempts, giving up", sign: "gave-up" },
  { opening: "handshake did not complete after ", sign: "unanswered" },
  { opening: "retrying handshake because we stopped hearing back", sign: "stopped-hearing" },
  { opening: "resolving address for ", sign: "wanted" },
  { opening: "cannot forward traffic: ", sign: "wanted" },
];

/** The socket to the peer failed, whatever the system's words. */
const SOCKET_TROUBLE =
  /^failed to send (?:data packets|handshake (?:initiation|response)): |^failed to receive \S+ packet: /;

/** Connections within the tunnel may fail in the system's words too, and say nothing about the way to the peer. */
const INNER_TROUBLE = /tunnel to |^failed to ping |^failed to read ping response /;

/** Linux' words, and macOS' where they differ. */
const SYSTEM_TEXTS = [
  "network is unreachable",
  "no route to host",
  "network is down",
  "cannot assign requested address",
  "can't assign requested address",
  "operation not permitted",
  "no buffer space available",
];

/** `DEBUG: `, `ERROR: ` or nothing, the time, the peer where it is one's own matter, and the message, in small letters. */
function takeApart(line: string): { readonly level: string; readonly message: string } {
  const parts = LINE.exec(line.trimEnd().toLowerCase());
  return { level: parts?.[1] ?? "", message: parts?.[2] ?? "" };
}

const LINE = /^(?:(debug|error): )?(?:\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d )?(?:peer\([^)]*\) - )?(.*)$/;

/** Go puts the innermost cause last: `write udp 0.0.0.0:51820: sendmmsg: message too long`. */
function lastPart(message: string): string {
  return message.slice(message.lastIndexOf(": ") + 2);
}
