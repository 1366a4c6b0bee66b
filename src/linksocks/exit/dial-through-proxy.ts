import { type ByteStream, connectStream, type StreamListener } from "../../net/byte-stream.ts";
import type { Endpoint } from "../codec/message.ts";
import { toDialError } from "./describe-dial-failure.ts";
import { DIAL_MS, DialError } from "./dialer.ts";

/** A proxy while it is asked for a target. What takes throws DialError beyond the deadline and where the proxy hangs up. */
export interface ProxyConversation {
  /** @throws DialError where the system's buffer is full: a question is far smaller than that. */
  send(bytes: Uint8Array): void;
  /** The next `count` bytes. */
  take(count: number): Promise<Uint8Array>;
  /** Everything up to an empty line, as Latin-1. @throws DialError beyond `maximumBytes`, too. */
  takeHead(maximumBytes: number): Promise<string>;
}

/**
 * Connects to a proxy and has `converse` ask it for the target. Connecting and conversation have 10 s together.
 *
 * What the target sends may come in the same read as the proxy's answer. It is kept until the promise has resolved and
 * everything that awaits it has run: `listener` hears nothing before the next turn of the event loop, then all of it in
 * its order (data, end, close), even where the stream was paused in between, and from then on as it comes. Where the
 * promise rejects it hears nothing.
 * @throws DialError
 */
export async function dialThroughProxy(
  proxy: Endpoint,
  listener: StreamListener,
  converse: (conversation: ProxyConversation) => Promise<void>,
): Promise<ByteStream> {
  let unread: Uint8Array = new Uint8Array(0);
  let phase: "conversing" | "timed-out" | "agreed" = "conversing";
  let hasEnded = false;
  /** Undefined while it is open. */
  let wasBroken: boolean | undefined;
  let news = Promise.withResolvers<void>();
  const gate: StreamListener = {
    onData(bytes) {
      unread = Buffer.concat([unread, bytes]);
      tell();
    },
    onDrain() {
      if (phase === "agreed") listener.onDrain();
    },
    onEnd() {
      hasEnded = true;
      tell();
    },
    onClose(isBroken) {
      wasBroken = isBroken;
      tell();
    },
  };
  const timer = setTimeout(() => {
    phase = "timed-out";
    tell();
  }, DIAL_MS);
  let stream: ByteStream | undefined;
  try {
    stream = await reachProxy(proxy, gate);
    await converse(converseOver(stream));
    phase = "agreed";
    setImmediate(handOver, stream);
    return stream;
  } catch (error) {
    stream?.terminate();
    throw toDialError(error);
  } finally {
    clearTimeout(timer);
  }

  function converseOver(open: ByteStream): ProxyConversation {
    return {
      send(bytes) {
        if (open.write(bytes) < bytes.length) throw new DialError("upstream proxy: closed the connection");
      },
      take: (count) => takeOnce(() => (unread.length < count ? undefined : count)),
      async takeHead(maximumBytes) {
        const head = await takeOnce(() => {
          const end = findHeadEnd(unread);
          if ((end ?? unread.length) > maximumBytes) throw new DialError("upstream proxy: answer is too long");
          return end;
        });
        return Buffer.from(head).toString("latin1");
      },
    };
  }

  /** Waits until `measure` knows how many of the unread bytes are meant, and takes them. */
  async function takeOnce(measure: () => number | undefined): Promise<Uint8Array> {
    for (;;) {
      const count = measure();
      if (count !== undefined) {
        const taken = unread.subarray(0, count);
        unread = unread.subarray(count);
        return taken;
      }
      if (phase === "timed-out") throw new DialError("timed out");
      if (hasEnded || wasBroken !== undefined) throw new DialError("upstream proxy: closed the connection");
      await news.promise;
    }
  }

  function tell(): void {
    news.resolve();
    news = Promise.withResolvers<void>();
  }

  /** The gate stays until the listener has caught up, so that a close which it causes is heard last as well. */
  function handOver(agreed: ByteStream): void {
    if (unread.length > 0) listener.onData(unread);
    if (hasEnded) listener.onEnd();
    agreed.data.listener = listener;
    if (wasBroken !== undefined) listener.onClose(wasBroken);
  }
}

async function reachProxy({ host, port }: Endpoint, listener: StreamListener): Promise<ByteStream> {
  try {
    return await connectStream({ host, port }, listener, DIAL_MS);
  } catch (error) {
    throw toDialError(error, "upstream proxy: ");
  }
}

/** Behind the first empty line; some proxies end their lines with a bare LF. */
function findHeadEnd(bytes: Uint8Array): number | undefined {
  const match = /\n\r?\n/.exec(Buffer.from(bytes).toString("latin1"));
  return match === null ? undefined : match.index + match[0].length;
}
