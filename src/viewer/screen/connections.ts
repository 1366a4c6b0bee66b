import { listEntries } from "./columns.ts";
import { age, figure, formatMoment, formatSpan, UNKNOWN } from "./figures.ts";
import type { Line, Span } from "./line.ts";
import type { View } from "./view.ts";

/** Tab 5: where the data come from, and how that fares. */
export function drawConnections({ state, feed, database, now, zone }: View): readonly Line[] {
  const { status } = feed;
  return [
    ...listEntries([
      ["Daemon", drawDaemon(state.daemon, status.kind === "live")],
      ["Uptime", drawUptime(state.daemon, status.kind === "live", now)],
      ["Last word", ...drawWord(state.daemon, zone)],
      ["Last heartbeat", drawAge(feed.heartbeatAt, now)],
      ["Stream", feed.url],
      ["State", drawState(feed, now)],
      ["Events", figure(feed.events), { text: `, ${feed.ignored} ignored that made no sense`, tone: "faint" }],
      ["Last event", drawAge(feed.lastEventAt, now)],
      ["Broker link", UNKNOWN, { text: "  not in the feed", tone: "faint" }],
      ["Database", database.path],
      ["Size", database.bytes === undefined ? UNKNOWN : `${database.bytes} bytes`],
      ["Last write", drawAge(database.changedAt, now)],
      ["Newest entry", drawAge(state.newestEntry, now), { text: "  of this account", tone: "faint" }],
    ]),
    ...(feed.unreadable === undefined ? [] : [[], [{ text: feed.unreadable, tone: "bad" } as const]]),
  ];
}

/** That there is no stream says nothing about the daemon. */
function drawDaemon(daemon: View["state"]["daemon"], isLive: boolean): Span {
  if (!isLive) return { text: "unknown", tone: "warning" };
  if (daemon === undefined) return "answers";
  return { text: daemon.status, tone: daemon.status === "RUNNING" ? "good" : "warning" };
}

/** It says RUNNING once, when it has begun. */
function drawUptime(daemon: View["state"]["daemon"], isLive: boolean, now: number): Span {
  return isLive && daemon?.status === "RUNNING" ? age(daemon.at, now) : UNKNOWN;
}

function drawWord(daemon: View["state"]["daemon"], zone: string): readonly Span[] {
  if (daemon === undefined) return [UNKNOWN];
  return [`${formatMoment(daemon.at, zone)}  ${daemon.status}: ${daemon.message}`];
}

function drawState({ status }: View["feed"], now: number): Span {
  if (status.kind === "connecting") return { text: "connecting", tone: "warning" };
  if (status.kind === "live") return { text: `live for ${formatSpan(now - status.since)}`, tone: "good" };
  const lost = formatSpan(now - status.since);
  return {
    text: `lost ${lost} ago: ${status.reason}; next try in ${formatSpan(status.retryAt - now)}`,
    tone: "warning",
  };
}

function drawAge(at: number | undefined, now: number): Span {
  return at === undefined ? UNKNOWN : `${formatSpan(now - at)} ago`;
}
