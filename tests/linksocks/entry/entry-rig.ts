import { createTrunk, type Trunk } from "../../../src/linksocks/channel/trunk.ts";
import type { ChannelId, ChannelMessage } from "../../../src/linksocks/codec/message.ts";
import { createFakeLink, type FakeLink } from "../fake-link.ts";

/** A trunk whose exit side a test plays. */
export interface Exit {
  readonly link: FakeLink;
  readonly trunk: Trunk;
  /** The channel that was asked for. */
  id(): ChannelId;
  /** @param error why not; undefined for success. */
  answer(error?: string, window?: number): void;
  deliver(message: ChannelMessage): void;
  /** What the target sends. */
  say(text: string): void;
}

export function createExit(): Exit {
  const link = createFakeLink();
  const trunk = createTrunk(link);
  const deliver = (message: ChannelMessage) => trunk.dispatch(message, Buffer.alloc(0));
  const id = () => {
    const connect = link.sent.find(({ type }) => type === "connect");
    if (connect?.type !== "connect") throw new Error("nothing was asked for");
    return connect.channel;
  };
  return {
    link,
    trunk,
    id,
    answer: (error, window) =>
      deliver({
        type: "connect-response",
        channel: id(),
        success: error === undefined,
        error: error ?? "",
        window,
      }),
    deliver,
    say: (text) => deliver(tcpData(id(), text)),
  };
}

export function tcpData(channel: ChannelId, text: string) {
  return {
    type: "data",
    channel,
    protocol: "tcp",
    isCompressed: false,
    body: Buffer.from(text),
    source: undefined,
    target: undefined,
  } as const;
}
