import type { HostAndPort } from "../../net/host-and-port.ts";
import { contain } from "../../platform/containment.ts";
import { startTimer } from "../../platform/timers.ts";
import { createTcpChannel, type TcpChannel } from "../channel/tcp-channel.ts";
import type { Trunk } from "../channel/trunk.ts";
import { FIRST_WINDOW } from "../channel/window.ts";
import { newUuid } from "../codec/uuid.ts";

interface OpenTcpHandlers {
  /** The exit has reached the target, or with fast open has been asked to. */
  onOpen(channel: TcpChannel): void;
  /** It came to nothing. With fast open it is too late for this: the channel closes instead. */
  onRefused(reason: string): void;
}

/** What an exit has for dialling, and 5 s for its answer to come. */
export const RESPONSE_MS = 15_000;

/**
 * Asks the exit side of `trunk` for a TCP connection to `target`; docs/protocols/linksocks.md#socks5-side.
 * @returns the channel, for who gives up before.
 */
export function openTcp(trunk: Trunk, target: HostAndPort, fastOpen: boolean, handlers: OpenTcpHandlers): TcpChannel {
  const id = newUuid();
  // Without fast open, nothing goes out before the answer, which shows whether windows are kept after all.
  const keepsWindows = trunk.keepsWindows || (trunk.mayKeepWindows && !fastOpen);
  const timer = startTimer(trunk.link.part, RESPONSE_MS, () => {
    refuse("timed out");
    channel.abandon("timed out");
  });
  let isSettled = false;
  const channel = createTcpChannel({
    id,
    trunk,
    peerWindow: undefined,
    keepsWindows,
    onResponse({ success, error }) {
      clearTimeout(timer);
      if (!success) {
        refuse(error);
        channel.discard();
      } else if (fastOpen) channel.allowSending();
      else if (!isSettled) open();
    },
    onOver: () => refuse("the connection to the peer was lost"),
  });
  if (!trunk.add(id, channel)) {
    queueMicrotask(contain(trunk.link.part, () => refuse("the connection to the peer was lost")));
    return channel;
  }
  const window = keepsWindows ? FIRST_WINDOW : undefined;
  trunk.send({ type: "connect", channel: id, protocol: "tcp", target, window });
  if (fastOpen) openEarly();
  return channel;

  function open(): void {
    isSettled = true;
    handlers.onOpen(channel);
    channel.allowSending();
  }

  function openEarly(): void {
    isSettled = true;
    handlers.onOpen(channel);
    if (!trunk.losesEarlyData) channel.allowSending();
  }

  function refuse(reason: string): void {
    clearTimeout(timer);
    if (isSettled) return;
    isSettled = true;
    handlers.onRefused(reason);
  }
}
