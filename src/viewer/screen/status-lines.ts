import { formatClock, formatSpan } from "./figures.ts";
import type { Line } from "./line.ts";
import type { View } from "./view.ts";

/** Where what is shown comes from, and how old it is. */
export function drawFeed({ feed, state, now }: View): Line {
  const { status, unreadable } = feed;
  if (status.kind === "live") {
    const database = unreadable === undefined ? "" : ", the database cannot be read";
    return [{ text: "● live", tone: "good" }, ...drawDaemon(state.daemon), { text: `  ${feed.url}${database}` }];
  }
  if (status.kind === "connecting") return [{ text: "○ connecting", tone: "warning" }, { text: `  ${feed.url}` }];
  const known =
    state.newestEntry === undefined
      ? ", no entry of this account"
      : `, newest entry ${formatSpan(now - state.newestEntry)} old`;
  return [
    { text: unreadable === undefined ? `○ last known state${known}` : "○ no last known state", tone: "warning" },
    { text: `; ${status.reason}; next try in ${formatSpan(status.retryAt - now)}` },
  ];
}

function drawDaemon(daemon: View["state"]["daemon"]): Line {
  if (daemon === undefined || daemon.status === "RUNNING") return [];
  return [{ text: `  daemon ${daemon.status}: ${daemon.message}`, tone: "warning" }];
}

/** What the trader keeps with I and O. */
export function drawSession({ session, now, zone }: View): Line {
  const { clockedInAt, workedMs } = session;
  if (clockedInAt === undefined) {
    const worked = workedMs === 0 ? "" : `, ${formatSpan(workedMs)} so far`;
    return [{ text: `clocked out${worked}   i clocks in`, tone: "faint" }];
  }
  const total = formatSpan(workedMs + now - clockedInAt);
  return [{ text: `clocked in at ${formatClock(clockedInAt, zone)}, ${total} in all   o clocks out` }];
}
