import {
  createMailbox,
  handleStreams,
  listenTo,
  NO_LISTENER,
  OUTGOING,
  type StreamListener,
} from "../../net/byte-stream.ts";
import { pump } from "../../net/pump.ts";
import { letGo } from "../../platform/containment.ts";

/** Where connections are accepted, or are made to. */
export type RelayEnd = { readonly hostname: string; readonly port: number } | { readonly unix: string };

/**
 * Carries each connection to `from` on to `to`, each direction for itself.
 * @param part whose it is, see platform/containment.ts. @throws the system's, where it cannot listen.
 */
export function relay(from: RelayEnd, to: RelayEnd, part: string): { stop(): void } {
  const accepting = {
    allowHalfOpen: true,
    data: { listener: NO_LISTENER },
    socket: handleStreams(part, {
      open(socket) {
        // One for each connection: what is given above is shared by all.
        socket.data = { listener: createMailbox() };
        socket.pause();
        letGo(part, carryOn(socket), () => socket.terminate());
      },
    }),
  };
  const listener = "unix" in from ? Bun.listen({ ...accepting, ...from }) : Bun.listen({ ...accepting, ...from });
  return { stop: () => listener.stop() };

  async function carryOn(client: Bun.Socket<{ listener: StreamListener }>): Promise<void> {
    const waiting = createMailbox();
    listenTo(client, waiting);
    const outgoing = {
      allowHalfOpen: true,
      data: { listener: NO_LISTENER },
      socket: handleStreams(OUTGOING, {
        open(socket) {
          socket.data = { listener: createMailbox() };
          socket.pause();
        },
      }),
    };
    const connecting = "unix" in to ? Bun.connect({ ...outgoing, ...to }) : Bun.connect({ ...outgoing, ...to });
    const far = await connecting.catch(() => undefined);
    if (far === undefined) client.terminate();
    else if (waiting.isClosed) far.end();
    else pump(client, far);
  }
}
