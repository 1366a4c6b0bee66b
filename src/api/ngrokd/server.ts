import type { EndpointsService } from "../../endpoints/document.ts";
import { containSocket } from "../../net/contained-sockets.ts";
import { letGo } from "../../platform/containment.ts";
import { startTimer } from "../../platform/timers.ts";
import { openPrivateSocket } from "../http/private-socket.ts";
import { type Answer, answerCommand, encodeAnswer, fail } from "./command.ts";
import { createJsonScanner } from "./read-json.ts";

/** What the loop watch calls it. */
const PART = "endpoints socket";

/** A command has a key at most. */
const REQUEST_BYTES = 64 * 1024;

/** How long a client may take over its request, in milliseconds. */
const REQUEST_MS = 5_000;

/** How long a client that still sends may take to close after its answer: closed by us, it could lose that. */
const LINGER_MS = 1_000;

/** Clients at a time; the one that has waited longest with half a request makes room. */
const MOST_CLIENTS = 256;

interface NgrokdSocketOptions {
  /** Absolute. */
  readonly path: string;
  /** Of its file: who may ask. */
  readonly mode: number;
  readonly service: EndpointsService;
  readonly version: string;
  readonly onActivity?: () => void;
  readonly shutDown?: (() => void) | undefined;
}

export type NgrokdSocket = ReturnType<typeof startNgrokdSocket>;

/**
 * Serves the unix socket that ngrokctl asks: one JSON object, one answer, docs/protocols/endpoints.md#the-socket.
 * @throws Failure `file-unusable`.
 */
export function startNgrokdSocket(options: NgrokdSocketOptions) {
  const { path, mode, service, version, onActivity = () => undefined, shutDown } = options;
  const clients = new Map<Bun.Socket<undefined>, Client>();
  const socket = openPrivateSocket(
    path,
    (unix) =>
      Bun.listen<undefined>({
        unix,
        allowHalfOpen: true,
        data: undefined,
        socket: containSocket<undefined>(PART, {
          open(stream) {
            if (clients.size >= MOST_CLIENTS && !dropOldest()) {
              stream.terminate();
              return;
            }
            clients.set(stream, createClient(stream, answer));
          },
          data: (stream, bytes) => clients.get(stream)?.receive(bytes),
          drain: (stream) => clients.get(stream)?.flush(),
          end: (stream) => clients.get(stream)?.ended(),
          close(stream) {
            clients.get(stream)?.closed();
            clients.delete(stream);
          },
        }),
      }),
    mode,
  );

  return {
    path,
    /** Removes the socket's file if it is still ours, and closes every connection. */
    stop(): void {
      socket.remove();
      socket.server.stop(true);
    },
  };

  function answer(text: string): Promise<Answer> {
    onActivity();
    return answerCommand(text, { service, version, shutDown });
  }

  /** @returns whether there was one whose request is not complete. */
  function dropOldest(): boolean {
    for (const client of clients.values()) if (client.drop()) return true;
    return false;
  }
}

type Client = ReturnType<typeof createClient>;

function createClient(stream: Bun.Socket<undefined>, answer: (text: string) => Promise<Answer>) {
  let received: Uint8Array = new Uint8Array(0);
  const scan = createJsonScanner();
  let isHeard = false;
  let isAnswered = false;
  let hasEnded = false;
  let unsent: Uint8Array = new Uint8Array(0);
  let timer = startTimer(PART, REQUEST_MS, () => refuse("no complete request has come in time"));

  return {
    receive(bytes: Uint8Array): void {
      if (isHeard) return;
      received = received.length === 0 ? Uint8Array.from(bytes) : Buffer.concat([received, bytes]);
      const found = scan(bytes);
      if (found === "no object") refuse("no JSON object");
      else if (found !== "incomplete" && found <= REQUEST_BYTES) hear(received.subarray(0, found));
      else if (received.length > REQUEST_BYTES) refuse(`the request is longer than ${REQUEST_BYTES} bytes`);
    },
    ended(): void {
      hasEnded = true;
      if (!isHeard) refuse(received.length === 0 ? "EOF" : "unexpected EOF");
      else if (isAnswered) stream.end();
    },
    flush,
    closed: () => clearTimeout(timer),
    drop(): boolean {
      if (!isHeard) stream.terminate();
      return !isHeard;
    },
  };

  function refuse(reason: string): void {
    if (isHeard) return;
    isHeard = true;
    reply(fail(`failed to decode command: ${reason}`));
  }

  function hear(bytes: Uint8Array): void {
    isHeard = true;
    clearTimeout(timer);
    letGo(PART, answer(new TextDecoder().decode(bytes)).then(reply), () => stream.terminate());
  }

  function reply(given: Answer): void {
    clearTimeout(timer);
    unsent = new TextEncoder().encode(encodeAnswer(given));
    flush();
  }

  function flush(): void {
    if (!isHeard || unsent.length === 0) return;
    const taken = stream.write(unsent);
    if (taken < 0) return;
    unsent = unsent.subarray(taken);
    if (unsent.length > 0) return;
    isAnswered = true;
    if (hasEnded) stream.end();
    else {
      stream.shutdown();
      timer = startTimer(PART, LINGER_MS, () => stream.terminate());
    }
  }
}
