import { type ByteStream, createMailbox, type SocketStream } from "../../net/byte-stream.ts";
import { pump } from "../../net/pump.ts";
import { letGo } from "../../platform/containment.ts";
import { describeError } from "../../platform/failure.ts";
import { startTimer } from "../../platform/timers.ts";
import type { Dial } from "../endpoint.ts";
import { dialErrorCode } from "./dial-error.ts";

/** What the loop watch calls them. */
export const FLOWS = "endpoint connections";

/** A client may send so much before the far side is there; then it waits. */
const EARLY_BYTES = 64 * 1024;
/** A flow of which one direction has ended goes when the other has carried nothing for so long. */
const HALF_OPEN_MS = 60_000;

/** What an endpoint has carried since it came to be; it outlives the listeners. */
export interface FlowCounts {
  /** Now. */
  readonly connections: number;
  readonly totalConnections: number;
  /** Connections whose far side could not be opened. */
  readonly errors: number;
  /** Of those the last one: what happened, which kind it was, and when, in milliseconds since the epoch. */
  readonly lastError: { readonly message: string; readonly code: string; readonly at: number } | undefined;
  /** When the last connection began or ended; milliseconds since the epoch. */
  readonly lastActivity: number | undefined;
  /** From clients. */
  readonly bytesIn: number;
  /** To clients. */
  readonly bytesOut: number;
}

/** The connections of one endpoint. */
export type Flows = ReturnType<typeof createFlows>;

interface Flow {
  /** The far side is there. */
  join(adapt: (client: ByteStream) => ByteStream, far: ByteStream): void;
  /** The client's connection has closed: nothing is carried any more. */
  ended(): void;
  terminate(): void;
}

/**
 * Carries connections of an endpoint to its far side.
 * @param dial asked for each connection. @param now milliseconds since the epoch.
 */
export function createFlows(dial: () => Dial, now: () => number = Date.now) {
  const flows = new Map<SocketStream, Flow>();
  let whenDeserted = Promise.withResolvers<void>();
  const counts: { -readonly [Count in keyof Omit<FlowCounts, "connections">]: FlowCounts[Count] } = {
    totalConnections: 0,
    errors: 0,
    lastError: undefined,
    lastActivity: undefined,
    bytesIn: 0,
    bytesOut: 0,
  };

  return {
    get counts(): FlowCounts {
      return { connections: flows.size, ...counts };
    },
    /**
     * Opens the far side for a client that has just connected, and carries bytes from then on. A client whose far side
     * cannot be opened is cut off, so that it takes that for an error and not for an empty answer.
     * @param adapt stands between the client and the far side.
     */
    carry(client: SocketStream, adapt: (client: ByteStream) => ByteStream = (stream) => stream): void {
      counts.totalConnections += 1;
      counts.lastActivity = now();
      const gone = new AbortController();
      const mailbox = createMailbox(() => {
        if (mailbox.isClosed) gone.abort();
        else if (mailbox.unread.length >= EARLY_BYTES) client.pause();
      });
      client.data.listener = mailbox;
      const flow = createFlow(client, gone);
      flows.set(client, flow);
      letGo(
        FLOWS,
        dial()(gone.signal).then(
          (far) => (gone.signal.aborted ? far.terminate() : flow.join(adapt, far)),
          (error) => {
            if (!gone.signal.aborted) noteError(error);
            client.terminate();
          },
        ),
        () => client.terminate(),
      );
    },
    /** To be called when a client's connection has closed, in whatever way. */
    ended(client: SocketStream): void {
      const flow = flows.get(client);
      if (flow === undefined) return;
      flows.delete(client);
      counts.lastActivity = now();
      flow.ended();
      if (flows.size === 0) whenDeserted.resolve();
    },
    /** Resolves once nothing is carried. */
    async deserted(): Promise<void> {
      whenDeserted = Promise.withResolvers();
      if (flows.size > 0) await whenDeserted.promise;
    },
    /** Cuts off what is carried. */
    terminateAll(): void {
      for (const flow of [...flows.values()]) flow.terminate();
    },
  };

  function noteError(error: unknown): void {
    counts.errors += 1;
    counts.lastError = { message: describeError(error), code: dialErrorCode(error), at: now() };
  }

  function createFlow(client: SocketStream, gone: AbortController): Flow {
    let far: ByteStream | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let carried = 0;
    return {
      join(adapt: (client: ByteStream) => ByteStream, stream: ByteStream): void {
        far = stream;
        pump(adapt(measure(client, "bytesOut")), measure(stream, "bytesIn"));
      },
      ended() {
        gone.abort();
        clearTimeout(timer);
      },
      terminate,
    };

    function measure(stream: ByteStream, direction: "bytesIn" | "bytesOut"): ByteStream {
      return {
        data: stream.data,
        write(bytes) {
          const taken = stream.write(bytes);
          if (taken > 0) {
            counts[direction] += taken;
            carried += taken;
          }
          return taken;
        },
        pause: () => stream.pause(),
        resume: () => stream.resume(),
        shutdown() {
          stream.shutdown();
          timer ??= endWhenStill();
        },
        end: () => stream.end(),
        terminate: () => stream.terminate(),
      };
    }

    function endWhenStill(before = carried): ReturnType<typeof setTimeout> {
      return startTimer(FLOWS, HALF_OPEN_MS, () => {
        if (carried === before) terminate();
        else timer = endWhenStill();
      });
    }

    function terminate(): void {
      far?.terminate();
      client.terminate();
    }
  }
}
