import type { NumberedEvent, Replay } from "../../../events/event.ts";
import { letGo } from "../../../platform/containment.ts";
import { describeError } from "../../../platform/failure.ts";
import { settlesWithin } from "../../../platform/waiting.ts";
import { type Sink, STREAMS_PART } from "../../http/streams.ts";
import type { ControlService } from "../service.ts";

/** How long a reader may take for a piece of a replay. */
const PIECE_WITHIN_MS = 30_000;

/**
 * Numbered events in the feed's envelope: with `since` those after it that are kept, and then those that come, each once.
 * Where some of them are kept no longer, a `gap` comes first, which names the first and the last that are missing.
 * @returns what begins to send them, at once, and gives a function that ends it.
 * @throws Failure where the feed cannot be read.
 */
export function openFeed(
  service: Pick<ControlService, "replay" | "subscribeFeed">,
  since: number | undefined,
  pieceWithinMs = PIECE_WITHIN_MS,
): (sink: Sink) => () => void {
  const first = since === undefined ? { events: [] } : service.replay(since);
  return (sink) => {
    let last = since ?? 0;
    let hasGone = false;
    let unsubscribe = () => {};
    letGo(
      STREAMS_PART,
      catchUp(first).catch((error: unknown) => sink.drop(describeError(error))),
    );
    return () => {
      hasGone = true;
      unsubscribe();
    };

    /** Piece by piece, so that a long replay does not fill the reader's queue, until nothing more has come meanwhile. */
    async function catchUp({ events, gap }: Replay): Promise<void> {
      if (gap !== undefined) send([gap]);
      if (events.length === 0) return goLive();
      send(events);
      if (!(await settlesWithin(sink.taken(), pieceWithinMs))) return sink.drop("the reader is too slow");
      if (!hasGone) await catchUp(service.replay(last));
    }

    /** One that is kept already, and told only now, was in the replay. */
    function goLive(): void {
      const replayed = last;
      unsubscribe = service.subscribeFeed((events) => send(events.filter(({ seq }) => seq > replayed)));
    }

    function send(events: readonly NumberedEvent[]): void {
      if (events.length === 0) return;
      const lines = events.map(({ seq, type, account_id, data }) => JSON.stringify({ seq, type, account_id, data }));
      sink.send(`${lines.join("\n")}\n`);
      last = events.at(-1)?.seq ?? last;
    }
  };
}
