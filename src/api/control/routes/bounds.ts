import { DEFAULT_FEED_LIMITS } from "../../../events/store/store.ts";
import { affordableConnections } from "../../../platform/process/descriptor-limit.ts";
import { BODY_LIMIT } from "../../http/read-body.ts";
import {
  LONGEST_MESSAGE,
  MOST_BYTES_OF_ALL,
  MOST_CHARACTERS,
  MOST_EVENTS,
  MOST_FRAMES,
} from "../../http/stream-bounds.ts";
import { QUEUE_BYTES, STREAMS } from "../../http/streams.ts";

/** Events of one request: what a publisher has to wait for, and to send again after a lost answer. */
export const BATCH = 1_000;

/** What clients of the control API and of the event stream can meet, for programs; docs/bounds.md says why. */
export function describeBounds(): object {
  return {
    control: {
      tcpConnections: affordableConnections("control"),
      bodyBytes: BODY_LIMIT,
      openStreams: STREAMS,
      unreadBytes: QUEUE_BYTES,
      eventsOfOneCall: BATCH,
      charactersOfOneEvent: DEFAULT_FEED_LIMITS.eventCharacters,
    },
    stream: {
      connections: affordableConnections("stream"),
      messageBytes: LONGEST_MESSAGE,
      framesBetweenPings: MOST_FRAMES,
      unreadEvents: MOST_EVENTS,
      unreadCharacters: MOST_CHARACTERS,
      unreadBytesOfAllClients: MOST_BYTES_OF_ALL,
    },
  };
}
