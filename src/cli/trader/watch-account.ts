import { describeError } from "../../platform/failure.ts";
import { createFeedClient, type FeedStatus } from "../../viewer/client/feed-client.ts";
import type { StreamOptions } from "../../viewer/client/stream.ts";
import { findLastKnownState } from "../../viewer/database/last-known-state.ts";
import type { LastKnown } from "../../viewer/database/read-account.ts";
import type { View } from "../../viewer/screen/view.ts";
import { readSessionClock, type SessionClock, writeSessionClock } from "../../viewer/session-clock.ts";
import { beginState, giveNotice } from "../../viewer/state/account-state.ts";
import { applyEvent, isQuiet } from "../../viewer/state/apply-event.ts";
import { applyRows, applyTime } from "../../viewer/state/apply-rows.ts";

export interface AccountToWatch extends Pick<StreamOptions, "url" | "open" | "timers" | "random"> {
  readonly account: number;
  readonly database: string;
  /** The file with the times of I and O. */
  readonly session: string;
  readonly zone: string;
}

/** Follows one account. @param onChange called when the screen must change before the next second. */
export function watchAccount(options: AccountToWatch, onChange: () => void) {
  const { account, url, timers } = options;
  const database = findLastKnownState(options.database);
  let state = beginState(account, timers.now());
  let session = readSessionClock(options.session);
  let status: FeedStatus = { kind: "connecting" };
  let unreadable: string | undefined;
  let events = 0;
  let ignored = 0;
  let lastEventAt: number | undefined;
  let heartbeatAt: number | undefined;

  const feed = createFeedClient<LastKnown>(
    { ...options, read: async () => database.read(account, timers.now()) },
    {
      onRows(rows) {
        unreadable = undefined;
        state = applyRows(state, rows, timers.now());
        onChange();
      },
      onUnreadable(reason) {
        unreadable = reason;
        onChange();
      },
      onEvent(event) {
        const now = timers.now();
        const before = state;
        events += 1;
        lastEventAt = now;
        state = applyEvent(state, event, now);
        if (state !== before && !isQuiet(event)) onChange();
      },
      onHeartbeat() {
        heartbeatAt = timers.now();
      },
      onStatus(next) {
        if (status.kind === "live" && next.kind === "fallback") {
          state = giveNotice(state, `the stream is lost: ${next.reason}`, "bad", timers.now());
        }
        status = next;
        onChange();
      },
      onIgnored() {
        ignored += 1;
      },
    },
  );

  return {
    /** All that there is to show now. */
    look(tab: number): View {
      const now = timers.now();
      state = applyTime(state, now);
      const feedView = { url, status, events, ignored, lastEventAt, heartbeatAt, unreadable };
      return { state, feed: feedView, database: database.describe(), session, tab, now, zone: options.zone };
    },
    /** Changes the clock of I and O; the screen says so if it cannot be written. */
    clock(change: (clock: SessionClock, now: number) => SessionClock) {
      const now = timers.now();
      session = change(session, now);
      try {
        writeSessionClock(options.session, session);
      } catch (error) {
        const text = `the time is not kept in ${options.session}: ${describeError(error)}`;
        state = giveNotice(state, text, "bad", now);
      }
    },
    close: () => feed.close(),
  };
}
