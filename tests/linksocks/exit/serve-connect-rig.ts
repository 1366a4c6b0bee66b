import { createTrunk } from "../../../src/linksocks/channel/trunk.ts";
import type { ConnectMessage } from "../../../src/linksocks/codec/message.ts";
import { type ExitOptions, serveConnect } from "../../../src/linksocks/exit/serve-connect.ts";
import { type ByteStream, createMailbox } from "../../../src/net/byte-stream.ts";
import { createFakeStream } from "../../net/fake-stream.ts";
import { turn } from "../../rig/event-loop.ts";
import { createFakeLink } from "../fake-link.ts";
import { CONNECT, ID } from "../sample-connect.ts";
import { OPEN } from "./target-rig.ts";

const NOTHING = Buffer.alloc(0);
export const ACCEPTED = { type: "connect-response", channel: ID, success: true, error: "", window: undefined } as const;
export const END = { type: "disconnect", channel: ID, reason: "EOF" } as const;

export function createRig(options: Partial<ExitOptions> = {}) {
  const link = createFakeLink();
  const trunk = createTrunk(link);
  const dialled: unknown[] = [];
  const told: string[] = [];
  const dialling = Promise.withResolvers<ByteStream>();
  const dial = (target: unknown) => {
    dialled.push(target);
    return dialling.promise;
  };
  const stream = createFakeStream();
  stream.data.listener = createMailbox();
  const hear = () => stream.data.listener;
  return {
    link,
    trunk,
    dialled,
    /** What the log is told. */
    told,
    /** Who listens to the target. */
    hear,
    serve: (change: Partial<ConnectMessage> = {}) =>
      serveConnect(
        { ...CONNECT, ...change },
        {
          trunk,
          dial,
          destinations: OPEN,
          allowsUdp: true,
          gapMs: 0,
          tell: (text) => void told.push(text),
          ...options,
        },
      ),
    deliver: (message: ReturnType<typeof data> | { type: "disconnect"; channel: string; reason: string }) =>
      trunk.dispatch(message, NOTHING),
    /** The target is reached. */
    async dial() {
      dialling.resolve(stream);
      await turn();
      return stream;
    },
    async fail(error: Error) {
      dialling.reject(error);
      await turn();
    },
  };
}

export function refusal(error: string) {
  return { ...ACCEPTED, success: false, error };
}

export function data(text: string) {
  return {
    type: "data",
    channel: ID,
    protocol: "tcp",
    isCompressed: false,
    body: Buffer.from(text),
    source: undefined,
    target: undefined,
  } as const;
}
