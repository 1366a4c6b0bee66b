import type { Channel, Trunk } from "../channel/trunk.ts";
import type { ChannelMessage, ConnectMessage } from "../codec/message.ts";

interface RouteOptions {
  readonly connector: Trunk;
  /** The connector's Connect, and its bytes: messages are passed on as they came. */
  readonly message: ConnectMessage;
  readonly frame: Buffer;
  /** Gives the provider that is to carry it; undefined where none comes before `signal` aborts, or in time. */
  find(signal: AbortSignal): Trunk | Promise<Trunk | undefined>;
}

/** What one channel may send before its provider is found, or without windows: the sender then has to wait. */
const QUEUED_BYTES = 1024 * 1024;

/** What all channels of a connector together may. */
const QUEUED_BYTES_OF_ALL = 8 * 1024 * 1024;

/** Even where windows are kept: a peer that ignores them must not fill our memory. */
const MOST_BUFFERED_BYTES = 32 * 1024 * 1024;

/**
 * Carries one channel between a connector and a provider: agent mode, docs/protocols/linksocks.md#roles. Messages keep
 * their order, Data that comes before a provider is found waits, an end on either side is told to the other.
 */
export async function route({ connector, message, frame, find }: RouteOptions): Promise<void> {
  const id = message.channel;
  let provider: Trunk | undefined;
  let queue: Buffer[] = [];
  let queuedBytes = 0;
  let keepsWindows = false;
  const finished = new Set<Trunk>();
  const over = new AbortController();

  const fromConnector: Channel = {
    receive(received, bytes) {
      if (received.type === "connect-response") return;
      if (provider !== undefined) pass(received, bytes, connector, provider);
      else if (received.type === "disconnect") forget();
      else enqueue(bytes);
    },
    onLinkLost: () => end(provider, "the connector was lost"),
  };
  const fromProvider: Channel = {
    receive(received, bytes) {
      if (received.type === "connect-response") keepsWindows = received.window !== undefined;
      if (provider !== undefined) pass(received, bytes, provider, connector);
    },
    onLinkLost: () => end(connector, "the provider was lost"),
  };

  if (connector.isFull("tcp")) return connector.refuse(id, "too many connections");
  if (!connector.add(id, fromConnector)) return connector.refuse(id, "the channel is in use");
  const finding = find(over.signal);
  const found = finding instanceof Promise ? await finding : finding;
  // Its name may be another channel's by now.
  if (over.signal.aborted) return;
  connector.release(id);
  if (found === undefined) return give(connector, "no available reverse clients");
  if (!found.add(id, fromProvider)) return give(connector, "the channel is in use");
  provider = found;
  found.forward(frame);
  for (const waiting of queue) found.forward(waiting);
  dropQueue();

  /** The frames are ours alone: nothing has to be copied. */
  function enqueue(bytes: Buffer): void {
    queue.push(bytes);
    queuedBytes += bytes.length;
    connector.queuedBytes += bytes.length;
    if (queuedBytes > QUEUED_BYTES || connector.queuedBytes > QUEUED_BYTES_OF_ALL) connector.hold(id);
  }

  function pass(received: ChannelMessage, bytes: Buffer, from: Trunk, to: Trunk): void {
    to.forward(bytes);
    const isRefused = received.type === "connect-response" && !received.success;
    const haveBothFinished = received.type === "finish" && finished.add(from).size === 2;
    if (received.type === "disconnect" || isRefused || haveBothFinished) {
      forget();
    } else if (to.link.isCongested && (!keepsWindows || to.link.bufferedBytes > MOST_BUFFERED_BYTES)) {
      from.hold(id);
      to.awaitDrain(id, () => from.release(id));
    }
  }

  function dropQueue(): void {
    connector.queuedBytes -= queuedBytes;
    queue = [];
    queuedBytes = 0;
  }

  function forget(): void {
    dropQueue();
    over.abort();
    connector.remove(id);
    provider?.remove(id);
  }

  function end(other: Trunk | undefined, reason: string): void {
    other?.send({ type: "disconnect", channel: id, reason });
    forget();
  }

  function give(trunk: Trunk, error: string): void {
    dropQueue();
    trunk.remove(id);
    trunk.refuse(id, error);
  }
}
