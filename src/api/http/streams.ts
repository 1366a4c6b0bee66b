import { contain } from "../../platform/containment.ts";
import { refuse } from "./envelope.ts";

/** Bytes that may wait for a reader. */
export const QUEUE_BYTES = 1024 * 1024;

/** Streams at once; each costs memory, and a log's also a look four times a second. */
export const STREAMS = 64;

/** What the loop watch calls answers that go on. */
export const STREAMS_PART = "control API's streams";

export interface Sink {
  /** Sends text; a reader who has too much waiting for him is dropped. */
  send(text: string): void;
  /** Whether more than 1 MiB waits for the reader. */
  isFull(): boolean;
  /** Resolves once the reader has taken all that was sent, or has gone. */
  taken(): Promise<void>;
  /** Breaks the stream off. */
  drop(why: string): void;
}

export type Streams = ReturnType<typeof createStreams>;

/** Answers that go on for as long as their reader stays. */
export function createStreams() {
  let count = 0;
  return {
    /**
     * @param begin is called once, sends through the sink, and gives a function that ends what it began; that is called when
     * the reader has gone, or was dropped.
     * @returns a refusal where there are too many already.
     */
    open(contentType: string, begin: (sink: Sink) => () => void): Response {
      if (count >= STREAMS) return refuse(503, "too-many-streams", `${STREAMS} streams are open`, "close one of them");
      count++;
      const body = openStream(begin, () => count--);
      return new Response(body, { headers: { "content-type": contentType } });
    },
  };
}

function openStream(begin: (sink: Sink) => () => void, onEnd: () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let endSource: (() => void) | undefined;
  let ended = false;
  let whenTaken = Promise.withResolvers<void>();
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const sink: Sink = {
          isFull,
          send(text) {
            if (ended) return;
            if (!isFull()) return controller.enqueue(encoder.encode(text));
            drop("the reader is too slow");
          },
          taken() {
            if (ended || isEmpty(controller)) return Promise.resolve();
            whenTaken = Promise.withResolvers();
            return whenTaken.promise;
          },
          drop,
        };
        try {
          endSource = begin(sink);
        } catch (error) {
          // There is no answer, and so nobody who would cancel it.
          end();
          throw error;
        }
        if (ended) endSource();

        function isFull(): boolean {
          return (controller.desiredSize ?? 0) <= 0;
        }

        function drop(why: string): void {
          if (ended) return;
          end();
          controller.error(new Error(why));
        }
      },
      pull: contain(STREAMS_PART, (controller: ReadableStreamDefaultController<Uint8Array>) => {
        if (isEmpty(controller)) whenTaken.resolve();
      }),
      cancel: contain(STREAMS_PART, end),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: QUEUE_BYTES }),
  );

  function end(): void {
    if (ended) return;
    ended = true;
    whenTaken.resolve();
    endSource?.();
    onEnd();
  }
}

function isEmpty(controller: ReadableStreamDefaultController<Uint8Array>): boolean {
  return controller.desiredSize === QUEUE_BYTES;
}
