import { createTcpChannel, type TcpChannel } from "../../../src/linksocks/channel/tcp-channel.ts";
import { createTrunk, type Trunk } from "../../../src/linksocks/channel/trunk.ts";
import { FIRST_WINDOW } from "../../../src/linksocks/channel/window.ts";
import type { ChannelMessage, DataMessage } from "../../../src/linksocks/codec/message.ts";
import { newUuid } from "../../../src/linksocks/codec/uuid.ts";
import { pump } from "../../../src/net/pump.ts";
import { createFakeStream, type FakeStream } from "../../net/fake-stream.ts";
import { createFakeLink, type FakeLink } from "../fake-link.ts";

export const ID = newUuid();
const NOTHING = Buffer.alloc(0);

interface Opened {
  readonly link: FakeLink;
  readonly trunk: Trunk;
  readonly channel: TcpChannel;
  readonly stream: FakeStream;
  deliver(message: ChannelMessage): void;
}

export function openChannel({
  keepsWindows = true,
  peerWindow = FIRST_WINDOW,
  room = Number.POSITIVE_INFINITY,
  allowed = true,
  joined = true,
}: {
  keepsWindows?: boolean;
  peerWindow?: number | undefined;
  room?: number;
  allowed?: boolean;
  joined?: boolean;
} = {}): Opened {
  const link = createFakeLink();
  const trunk = createTrunk(link);
  const channel = createTcpChannel({ id: ID, trunk, peerWindow, keepsWindows });
  const stream = createFakeStream(room);
  trunk.add(ID, channel);
  if (joined) pump(stream, channel);
  if (allowed) channel.allowSending();
  return { link, trunk, channel, stream, deliver: (message) => trunk.dispatch(message, NOTHING) };
}

export function compressed(body: string): DataMessage {
  return { ...data(Buffer.from(Bun.gzipSync(Buffer.from(body)))), isCompressed: true };
}

export function data(body: string | Buffer): DataMessage {
  const bytes = Buffer.from(body);
  return {
    type: "data",
    channel: ID,
    protocol: "tcp",
    isCompressed: false,
    body: bytes,
    source: undefined,
    target: undefined,
  };
}

export function bodies(link: FakeLink): readonly string[] {
  return link.sent.flatMap((message) => (message.type === "data" ? Buffer.from(message.body).toString("latin1") : []));
}
