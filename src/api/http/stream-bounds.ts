// What a client of the event stream may do and have; the control API describes it too. Reasons stand in docs/bounds.md.

/** Bytes of a message of a client. No client has any need of a longer one, and none is kept. */
export const LONGEST_MESSAGE = 4_096;

/** Frames of a client, between two pings of ours, that are read and thrown away; who sends more is no listener. */
export const MOST_FRAMES = 64;

/** A client that is further behind has to begin anew: what waits for it is memory of the daemon. */
export const MOST_EVENTS = 1_000;
export const MOST_CHARACTERS = 4 * 1024 * 1024;

/** Of all clients that are behind; then who has been behind longest has to begin anew. */
export const MOST_BYTES_OF_ALL = 32 * 1024 * 1024;
