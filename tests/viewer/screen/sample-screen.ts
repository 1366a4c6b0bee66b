import { paintLine } from "../../../src/viewer/screen/line.ts";
import { drawScreen } from "../../../src/viewer/screen/screen.ts";
import type { FeedView, View } from "../../../src/viewer/screen/view.ts";
import { CLOCKED_OUT } from "../../../src/viewer/session-clock.ts";
import { type AccountState, beginState } from "../../../src/viewer/state/account-state.ts";
import { CONTRACT, NOW } from "../fixture-database.ts";

const LIVE: FeedView = {
  url: "ws://127.0.0.1:8765/",
  status: { kind: "live", since: NOW - 65_000 },
  events: 3,
  ignored: 1,
  lastEventAt: NOW - 2_000,
  heartbeatAt: NOW - 4_000,
  unreadable: undefined,
};

/** After two trades. */
export const KNOWN: AccountState = {
  ...beginState(7_001, NOW),
  realised: -12.5,
  tradeCount: 2,
  trades: [
    { id: 1, contract: CONTRACT, result: 37.5, at: NOW - 600_000 },
    { id: 2, contract: CONTRACT, result: -50, at: NOW - 300_000 },
  ],
};

/** With a short position in a contract whose ticks are known. */
export const HELD: AccountState = {
  ...KNOWN,
  contracts: new Map([[CONTRACT, { tickSize: 0.25, tickValue: 1.25 }]]),
  positions: new Map([
    [
      1,
      { id: 1, contract: CONTRACT, side: "short", size: 3, average: 6862.75, createdAt: NOW - 65_000, updatedAt: NOW },
    ],
  ]),
};

interface Circumstances extends Partial<Omit<View, "state" | "feed">> {
  readonly state?: AccountState;
  readonly feed?: Partial<FeedView>;
  readonly columns?: number;
  readonly rows?: number;
}

/** The text of a screen; without more said, of a live feed and an account that holds nothing. */
export function screen({ state = KNOWN, feed = {}, columns = 80, rows = 24, ...rest }: Circumstances = {}): string {
  const database = { path: "/home/me/wpdaemon.db", bytes: 4_096, changedAt: NOW - 3_000 };
  const session = CLOCKED_OUT;
  const view: View = { state, feed: { ...LIVE, ...feed }, database, session, tab: 1, now: NOW, zone: "UTC", ...rest };
  return drawScreen(view, rows)
    .map((line) => paintLine(line, columns, false))
    .join("\n");
}
