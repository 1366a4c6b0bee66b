import type { ChannelMessage } from "../codec/message.ts";

/** One end of a channel, as the session that it runs over sees it. */
export interface Channel {
  /** @param frame the message's bytes, for who passes them on. */
  receive(message: ChannelMessage, frame: Buffer): void;
  /** The link is gone, and the session with it. */
  onLinkLost(): void;
}
