import type { FeedStatus } from "../client/feed-client.ts";
import type { DatabaseFile } from "../database/last-known-state.ts";
import type { SessionClock } from "../session-clock.ts";
import type { AccountState } from "../state/account-state.ts";

/** All that a screen is drawn from. Times are milliseconds since the epoch. */
export interface View {
  readonly state: AccountState;
  readonly feed: FeedView;
  readonly database: DatabaseFile;
  readonly session: SessionClock;
  readonly tab: number;
  readonly now: number;
  /** Whose clocks times are shown by, such as `Europe/Berlin`. */
  readonly zone: string;
}

/** How the feed fares. */
export interface FeedView {
  readonly url: string;
  readonly status: FeedStatus;
  readonly events: number;
  readonly ignored: number;
  readonly lastEventAt: number | undefined;
  /** When the daemon looked last whether we are there; undefined: not yet, or it never does. */
  readonly heartbeatAt: number | undefined;
  /** Why the database cannot be read; undefined where it can. */
  readonly unreadable: string | undefined;
}
