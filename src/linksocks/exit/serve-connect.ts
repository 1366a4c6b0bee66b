import { formatHostAndPort } from "../../net/host-and-port.ts";
import { pump } from "../../net/pump.ts";
import { letGo } from "../../platform/containment.ts";
import { startTimer } from "../../platform/timers.ts";
import { createTcpChannel } from "../channel/tcp-channel.ts";
import type { Trunk } from "../channel/trunk.ts";
import { FIRST_WINDOW } from "../channel/window.ts";
import type { ConnectMessage } from "../codec/message.ts";
import type { Destinations } from "./destinations.ts";
import type { Dial } from "./dial.ts";
import { DialError } from "./resolve.ts";
import { serveUdp } from "./serve-udp.ts";

export interface ExitOptions {
  readonly trunk: Trunk;
  readonly dial: Dial;
  /** Where datagrams may go; what is dialled is judged by `dial`. */
  readonly destinations: Pick<Destinations, "chooseForDatagram">;
  /** Hears what became of each target, for the log: `is connected to …`. */
  tell(text: string): void;
  /** UDP would go around an upstream proxy, so it is refused where there is one. */
  readonly allowsUdp: boolean;
  /**
   * How long the first bytes of a target are held back behind the answer, in milliseconds: a Go server handles the
   * answer and the data in two tasks, and data that overtakes makes it fail.
   */
  readonly gapMs: number;
}

/**
 * Does what a SOCKS side asks of its exit; every Connect gets an answer.
 * docs/protocols/linksocks.md#connect-and-connectresponse.
 */
export function serveConnect(message: ConnectMessage, options: ExitOptions): void {
  const { trunk, allowsUdp } = options;
  const { channel, protocol, target, resume } = message;
  if (resume) trunk.send({ type: "disconnect", channel, reason: "channel expired" });
  else if (trunk.has(channel)) trunk.refuse(channel, "the channel is in use");
  else if (trunk.isFull(protocol)) trunk.refuse(channel, TOO_MANY);
  else if (protocol === "udp" && allowsUdp) {
    const giveBack = trunk.takeTargets(SOCKETS_OF_ASSOCIATION);
    if (giveBack === undefined) trunk.refuse(channel, TOO_MANY);
    else serveUdp(message, trunk, options.destinations, giveBack);
  } else if (protocol === "udp") trunk.refuse(channel, "UDP is not allowed through an upstream proxy");
  else if (target === undefined) trunk.refuse(channel, "unknown protocol");
  else if (target.port === 0 || target.host === "") trunk.refuse(channel, "no such address");
  else letGo(trunk.link.part, serveTcp(message, target, options));
}

/** One for IPv4, and one for IPv6. */
const SOCKETS_OF_ASSOCIATION = 2;

const TOO_MANY = "too many connections";

async function serveTcp(
  message: ConnectMessage,
  target: NonNullable<ConnectMessage["target"]>,
  { trunk, dial, gapMs, tell }: ExitOptions,
): Promise<void> {
  const id = message.channel;
  const keepsWindows = trunk.keepsWindows && message.window !== undefined;
  const shown = formatHostAndPort(target);
  const giveBack = trunk.takeTargets(1);
  if (giveBack === undefined) return trunk.refuse(id, TOO_MANY);
  let since: number | undefined;
  // Who asks and takes it back at once keeps a socket busy until the target has answered.
  let isDialling = true;
  // Its name may be another channel's by then.
  let isOver = false;
  const channel = createTcpChannel({
    id,
    trunk,
    peerWindow: message.window,
    keepsWindows,
    onOver() {
      isOver = true;
      if (!isDialling) giveBack();
      if (since === undefined) return;
      tell(`was connected to ${shown} for ${((performance.now() - since) / 1_000).toFixed(1)} s`);
    },
  });
  trunk.add(id, channel);
  try {
    const stream = await dial(target).finally(() => {
      isDialling = false;
      if (isOver) giveBack();
    });
    if (!isOver) {
      since = performance.now();
      tell(`is connected to ${shown}`);
      const window = keepsWindows ? FIRST_WINDOW : undefined;
      trunk.send({ type: "connect-response", channel: id, success: true, error: "", window });
    }
    pump(stream, channel);
    if (gapMs === 0) channel.allowSending();
    else startTimer(trunk.link.part, gapMs, channel.allowSending);
  } catch (error) {
    const isWanted = !isOver;
    channel.discard();
    const reason = error instanceof DialError ? error.message : "the target cannot be reached";
    tell(`was not connected to ${shown}: ${reason}`);
    if (isWanted) trunk.refuse(id, reason);
  }
}
