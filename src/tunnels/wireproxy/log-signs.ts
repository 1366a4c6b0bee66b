import type { Sign } from "../driver/vitals.ts";

interface LogSign {
  readonly sign: Sign;
  /** The peer that the line is about, `AbCd…WxYz`. */
  readonly peer?: string;
  /** Of `send-failed`: the system's words. */
  readonly detail?: string;
}

/**
 * Where we ask for the counters. wireproxy takes it for `/metrics` and writes it into its log, where nobody else can make up
 * such a line: no other user knows it.
 */
export const METRICS_PATH = `/${crypto.randomUUID()}/../metrics`;

/**
 * Reads wireproxy 1.1.3's log line by line (docs/protocols/line.md, wireproxy's log lines). A name that a client asked for
 * is written as it came, line ends and all, so that the lines after it may be that client's: they count for nothing, for as
 * many characters as a name can have, or until our own look at the counters is written, for each entry is written whole.
 * @param hasInfoPort whether there are such looks; without the port nobody can ask for a path either.
 */
export function createLogReader(hasInfoPort = true) {
  let foreign = 0;

  return {
    /** What the next line says about a peer. */
    readSign(line: string): LogSign | undefined {
      if (OWN_MESSAGE.exec(line)?.[1] === OWN_LOOK) {
        foreign = 0;
        return undefined;
      }
      const isForeign = foreign > 0;
      foreign = Math.max(foreign - line.length - 1, foreignTextAfter(line));
      return isForeign ? undefined : readSign(line);
    },
    /** Lines were left out. */
    skip(): void {
      foreign = hasInfoPort ? LONGEST_PATH : LONGEST_SERVER_NAME;
    },
  };
}

/** Bytes of a name in SOCKS5 (RFC 1928, section 5). */
const LONGEST_NAME = 255;
/** Bytes of a server name in TLS, within one handshake message of Go's TLS. */
const LONGEST_SERVER_NAME = 65_536;
/** Bytes of a request to the info port: Go's HTTP server reads a head of 1 MiB, and 4 KiB more. */
const LONGEST_PATH = 1_048_576 + 4_096;

/** How many characters after a line may still be a client's. A character takes one byte at least. */
function foreignTextAfter(line: string): number {
  const message = OWN_MESSAGE.exec(line)?.[1] ?? "";
  const most = FOREIGN.find(({ opening }) => message.startsWith(opening));
  if (most === undefined) return 0;
  return Math.max(0, most.opening.length + most.length - message.length - 1);
}

const TIME = String.raw`\d{4}/\d\d/\d\d \d\d:\d\d:\d\d `;
/** What wireproxy itself says; WireGuard's lines begin with a level. A client's text may hold any character, a CR too. */
const OWN_MESSAGE = new RegExp(`^${TIME}(.*)$`, "s");
const OWN_LOOK = `Health metric request: ${METRICS_PATH}`;
const FOREIGN = [
  { opening: "Resolving address for ", length: LONGEST_NAME },
  { opening: "SNI proxy: ", length: LONGEST_SERVER_NAME },
  { opening: "Health metric request: ", length: LONGEST_PATH },
] as const;

/**
 * What a line says about a peer, by itself. Undefined for everything else, above all:
 * - `Sending handshake initiation`, `UDP bind has been updated`, `Interface state was …`: they come from a tunnel whose
 *   network is dead just as well, so they must not stand for a sign of life;
 * - `Removing all keys, since we haven't received a new one in 540 seconds`: every idle tunnel says that, too.
 */
function readSign(line: string): LogSign | undefined {
  const parts = LINE.exec(line);
  if (parts === null) return undefined;
  const [, level = "", peer, message = ""] = parts;
  const about = peer === undefined ? {} : { peer };
  const found = OPENINGS.find((one) => one.level === level && message.startsWith(one.opening));
  if (found === undefined || (found.ofPeer && peer === undefined)) return undefined;
  const { sign } = found;
  if (sign === "send-failed") return { sign, ...about, detail: systemTextOf(message) };
  if (sign === "ping-failed") return { sign, detail: PING.exec(message)?.[1] ?? "" };
  return { sign, ...about };
}

/** Whether a line only tells that somebody looked at the counters; nobody wants to read that. */
export function isNoise(line: string): boolean {
  return OWN_MESSAGE.exec(line.trimEnd())?.[1]?.startsWith("Health metric request: ") === true;
}

/** The longer opening first where one begins like the other. */
const OPENINGS: readonly {
  readonly level: "DEBUG" | "ERROR" | "";
  readonly opening: string;
  readonly sign: Sign;
  readonly ofPeer: boolean;
}[] = [
  { level: "DEBUG", opening: "Received handshake response", sign: "answered", ofPeer: true },
  { level: "DEBUG", opening: "Receiving keepalive packet", sign: "heard", ofPeer: true },
  { level: "DEBUG", opening: "Handshake did not complete after 20 attempts, giving up", sign: "gave-up", ofPeer: true },
  { level: "DEBUG", opening: "Handshake did not complete after ", sign: "unanswered", ofPeer: true },
  {
    level: "DEBUG",
    opening: "Retrying handshake because we stopped hearing back",
    sign: "stopped-hearing",
    ofPeer: true,
  },
  { level: "ERROR", opening: "Failed to send data packets: ", sign: "send-failed", ofPeer: true },
  { level: "ERROR", opening: "Failed to send handshake initiation: ", sign: "send-failed", ofPeer: true },
  { level: "ERROR", opening: "Failed to send handshake response: ", sign: "send-failed", ofPeer: true },
  { level: "DEBUG", opening: "Failed to receive ", sign: "send-failed", ofPeer: false },
  { level: "ERROR", opening: "Failed to ping ", sign: "ping-failed", ofPeer: false },
  { level: "ERROR", opening: "Failed to read ping response from ", sign: "ping-failed", ofPeer: false },
  { level: "", opening: "Resolving address for ", sign: "wanted", ofPeer: false },
  { level: "ERROR", opening: "Cannot forward traffic: ", sign: "wanted", ofPeer: false },
];

/** What `CheckAlive` names. */
const PING = /^Failed to (?:ping|read ping response from) ([0-9a-fA-F.:]+): /;

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

/** `DEBUG: `, `ERROR: ` or nothing, the time, the peer where it is one's own matter, and the message. */
const LINE = new RegExp(`^(?:(DEBUG|ERROR): )?${TIME}(?:peer\\((.{4}….{4})\\) - )?(.*?)\r?$`);

/** Go puts the innermost cause last: `write udp 0.0.0.0:51820: sendmmsg: message too long`. */
function systemTextOf(message: string): string {
  return SYSTEM_TEXTS.find((text) => message.includes(text)) ?? message.slice(message.lastIndexOf(": ") + 2);
}
