import { contain, containBriefly, noteFault } from "../platform/containment.ts";
import { LOOP_WATCH } from "../platform/loop-watch.ts";

/** What every kind of socket can do: go, without a word. */
interface Endable {
  terminate(): void;
}

/**
 * Bun's handlers for TCP sockets, none of which throws: a fault ends its own connection.
 * @param part whose they are, see platform/containment.ts. @param breakOff ends a connection; `close` follows.
 */
export function containSocket<Data>(
  part: string,
  handlers: Bun.SocketHandler<Data>,
  breakOff: (socket: Bun.Socket<Data>) => void = terminate,
): Bun.SocketHandler<Data> {
  const { open, handshake, data, drain, end, close, error, connectError } = handlers;
  return {
    ...handlers,
    ...(open && { open: contain(part, open, breakOff) }),
    ...(handshake && { handshake: contain(part, handshake, breakOff) }),
    ...(data && { data: containBriefly(part, data, breakOff) }),
    ...(drain && { drain: containBriefly(part, drain, breakOff) }),
    ...(end && { end: contain(part, end, breakOff) }),
    ...(close && { close: contain(part, close) }),
    ...(connectError && { connectError: contain(part, connectError) }),
    // Without a handler of its own, the runtime would take an error for an uncaught exception.
    error: contain(part, error ?? (() => undefined), breakOff),
  };
}

/** Bun's handlers for a server's WebSockets, none of which throws: a fault ends its own connection. */
export function containWebSocket<Data>(part: string, handlers: Bun.WebSocketHandler<Data>): Bun.WebSocketHandler<Data> {
  const { open, message, drain, ping, pong, close } = handlers;
  return {
    ...handlers,
    ...(message && { message: containBriefly(part, message, terminate) }),
    ...(open && { open: contain(part, open, terminate) }),
    ...(drain && { drain: containBriefly(part, drain, terminate) }),
    ...(ping && { ping: contain(part, ping, terminate) }),
    ...(pong && { pong: contain(part, pong, terminate) }),
    ...(close && { close: contain(part, close) }),
  };
}

/** Bun's handlers for UDP sockets, none of which throws: a datagram that fails is lost, as any may be. */
export function containUdpSocket(
  part: string,
  onData: (socket: Bun.udp.Socket<"buffer">, bytes: Buffer, port: number, address: string) => void,
): Bun.udp.SocketHandler<"buffer"> {
  // What cannot be delivered is told as an error, and is nothing new to UDP.
  return { data: containBriefly(part, onData), error: () => undefined };
}

/** Gives what answers requests as a function that neither throws nor rejects. @param refuse answers in its place. */
export function containAnswer<Arguments extends readonly unknown[], Answer>(
  part: string,
  answer: (...given: Arguments) => Answer | Promise<Answer>,
  refuse: (error: unknown) => Answer,
): (...given: Arguments) => Answer | Promise<Answer> {
  return (...given) => {
    LOOP_WATCH.enter(part);
    try {
      const answering = answer(...given);
      return answering instanceof Promise ? answering.catch(refuseFault) : answering;
    } catch (error) {
      return refuseFault(error);
    }
  };

  function refuseFault(error: unknown): Answer {
    noteFault(part, error);
    return refuse(error);
  }
}

function terminate(socket: Endable): void {
  socket.terminate();
}
