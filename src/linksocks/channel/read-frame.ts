import { decodeMessage } from "../codec/decode.ts";
import type { ChannelMessage, Decoded } from "../codec/message.ts";
import { LONGEST_MESSAGE } from "../codec/wire-format.ts";
import { CLOSE_CODE } from "../link/link.ts";
import type { Trunk } from "./trunk.ts";

/** What does not concern one channel alone. */
export type TrunkMessage = Exclude<Decoded, ChannelMessage | { readonly type: "malformed" | "unknown" }>;

/**
 * Takes one message of an authenticated peer, in the order in which they came: to its channel, or to `onMessage`. One
 * that cannot be read ends the connection; one of a type that we do not know is ignored.
 * docs/protocols/linksocks.md#frames.
 */
export function readFrame(
  trunk: Trunk,
  frame: Buffer,
  onMessage: (message: TrunkMessage, frame: Buffer) => void,
): void {
  const message = decodeMessage(frame);
  switch (message.type) {
    case "data":
    case "window":
    case "finish":
    case "disconnect":
    case "connect-response":
      trunk.dispatch(message, frame);
      break;
    case "malformed":
      trunk.link.close(frame.length > LONGEST_MESSAGE ? CLOSE_CODE.tooLong : CLOSE_CODE.protocolError, message.reason);
      break;
    case "unknown":
      break;
    default:
      onMessage(message, frame);
  }
}
