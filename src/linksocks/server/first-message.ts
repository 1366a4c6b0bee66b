import { encodeIP } from "../../net/proxy/socks-codec.ts";
import { peekSocket } from "../../platform/network/peek-socket.ts";
import { startTimer } from "../../platform/timers.ts";
import { SERVER_PART } from "../link/server-link.ts";

/** The longest message of who has not said who he is: an Auth message has 275 bytes. */
const LONGEST_FIRST_MESSAGE = 64 * 1024;

/** The longer it has said nothing, the seldomer it is looked at: a silent crowd would keep a processor busy. */
const FIRST_LOOK_MS = 5;
const GROWTH = 1.25;
const LONGEST_PAUSE_MS = 250;

/** As much as holds pings and the head of the frame behind them: RFC 6455 section 5.2. */
const PEEKED_BYTES = 2 * 1024;

/**
 * Watches a paused WebSocket without TLS until the head of its first data frame is there: Bun keeps an unfinished message
 * up to the limit that holds for everybody, so nothing is read before it is known to be short.
 * @param peer where it comes from.
 * @returns what ends the watch; undefined where it cannot be watched.
 */
export function watchFirstMessage(
  peer: { readonly address: string; readonly port: number },
  handlers: { onShort(): void; onTooLong(): void; onGone(): void },
): (() => void) | undefined {
  const socket = peekSocket({ address: encodeIP(peer.address.replace(/%.*/, "")), port: peer.port });
  if (socket === undefined) return undefined;
  const buffer = Buffer.alloc(PEEKED_BYTES);
  let pause = FIRST_LOOK_MS;
  let timer: ReturnType<typeof startTimer> | undefined;
  look();
  return () => clearTimeout(timer);

  function look(): void {
    const count = socket?.peek(buffer);
    const verdict = count === undefined ? "gone" : judge(buffer.subarray(0, count));
    if (verdict === "unknown") {
      timer = startTimer(SERVER_PART, pause, look);
      pause = Math.min(pause * GROWTH, LONGEST_PAUSE_MS);
    } else if (verdict === "short") handlers.onShort();
    else if (verdict === "gone") handlers.onGone();
    else handlers.onTooLong();
  }
}

/** What the frames that `bytes` begin with say of the first message. */
export function judge(bytes: Buffer): "unknown" | "short" | "too long" {
  for (let at = 0; at + 2 <= bytes.length; ) {
    const [head = 0, second = 0] = bytes.subarray(at, at + 2);
    const short = second & 0x7f;
    if (short === 127) return "too long";
    if (short === 126 && at + 4 > bytes.length) return "unknown";
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
    // Close, ping and pong: what is behind them counts.
    const isControl = (head & 0x08) !== 0;
    // A fragment says nothing of the whole message; no client of LinkSocks sends Auth in several.
    if (!isControl) return (head & 0x80) !== 0 && length <= LONGEST_FIRST_MESSAGE ? "short" : "too long";
    // The mask's four bytes stand before the payload.
    at += (short === 126 ? 4 : 2) + ((second & 0x80) === 0 ? 0 : 4) + length;
    if (at >= PEEKED_BYTES - 4) return "too long";
  }
  return "unknown";
}
