/** How much the feed keeps. Times in milliseconds. */
export interface FeedLimits {
  /** Events that can be replayed; a few more are there for moments. */
  readonly events: number;
  readonly eventAge: number;
  /** Answers to calls with an idempotency key. */
  readonly answers: number;
  readonly answerAge: number;
  /** Latest quotes in memory, one for each account and contract. */
  readonly quotes: number;
  /** Longest payload of one event, in characters of JSON. */
  readonly eventCharacters: number;
}

const DAY = 86_400_000;

export const DEFAULT_FEED_LIMITS: FeedLimits = {
  events: 10_000,
  eventAge: 7 * DAY,
  answers: 10_000,
  answerAge: DAY,
  quotes: 1_000,
  eventCharacters: 16_384,
};

/** A key is stored with every answer; anything that makes calls unique fits into this. */
export const LONGEST_KEY = 200;
