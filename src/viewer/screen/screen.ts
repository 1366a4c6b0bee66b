import type { Notice } from "../state/account-state.ts";
import type { Lockout } from "../state/wire-data.ts";
import { listEntries } from "./columns.ts";
import { drawConnections } from "./connections.ts";
import { describeRemaining, drawEnforcement, drawLockouts } from "./enforcement.ts";
import { formatClock, formatMoment, formatSpan } from "./figures.ts";
import type { Line, Tone } from "./line.ts";
import { drawPositions } from "./positions.ts";
import { drawOverview, drawResults } from "./results.ts";
import { drawRules } from "./rules.ts";
import type { View } from "./view.ts";

/** In the order of their keys, from 1; all names fit into 78 columns. */
export const TABS: readonly { readonly name: string; readonly draw: (view: View) => readonly Line[] }[] = [
  { name: "Overview", draw: drawOverview },
  { name: "P&L", draw: drawResults },
  { name: "Positions", draw: drawPositions },
  { name: "Rules", draw: drawRules },
  { name: "Connect", draw: drawConnections },
  { name: "Holidays", draw: drawHours },
  { name: "Lockouts", draw: drawLockouts },
  { name: "Enforce", draw: drawEnforcement },
];

/** How long what has just happened stays in sight, in milliseconds. */
const NOTICE_MS = 5_000;

/** A whole screen, as many lines as the terminal has rows. */
export function drawScreen(view: View, rows: number): readonly Line[] {
  const head = [drawTitle(view), drawTabs(view), ...drawNews(view), []];
  const foot = [drawFeed(view), drawSession(view)];
  const room = Math.max(0, rows - head.length - foot.length);
  const content = TABS[view.tab - 1]?.draw(view) ?? [];
  const shown = content.length <= room ? content : [...content.slice(0, Math.max(0, room - 1)), MORE];
  const blank: readonly Line[] = Array.from({ length: Math.max(0, room - shown.length) }, () => []);
  return [...head, ...shown.slice(0, room), ...blank, ...foot].slice(0, rows);
}

const MORE: Line = [{ text: "… a taller terminal shows more", tone: "faint" }];

function drawTitle({ state, now, zone }: View): Line {
  return [
    { text: "wpdaemon trader", tone: "strong" },
    `   account ${state.account}   ${formatClock(now, zone)}   q quits`,
  ];
}

function drawTabs({ tab }: View): Line {
  return TABS.flatMap(({ name }, index) => [
    index + 1 === tab ? { text: `${index + 1} ${name}`, tone: "chosen" as const } : `${index + 1} ${name}`,
    " ",
  ]);
}

/** Two lines: a lockout as long as it lasts, and what has just happened. */
function drawNews({ state: { lockout, notices }, now }: View): readonly Line[] {
  const recent = notices
    .filter(({ at }) => now - at < NOTICE_MS)
    .map(({ text, mood, at }): Line => [{ text, tone: TONE_OF_MOOD[mood] }, `  ${formatSpan(now - at)} ago`]);
  const lines = lockout === undefined ? recent : [drawBanner(lockout, now), ...recent];
  return [lines[0] ?? [], lines[1] ?? []];
}

function drawBanner(lockout: Lockout, now: number): Line {
  const text = ` LOCKED by ${lockout.rule}, ${describeRemaining(lockout, now)}: ${lockout.reason} `;
  return [{ text, tone: "alarm" }];
}

const TONE_OF_MOOD: { readonly [mood in Notice["mood"]]?: Tone } = { good: "good", bad: "bad" };

/** Tab 6: the trading day, whose end everybody knows; which days are free, only the trading daemon does. */
function drawHours({ state: { day }, now, zone }: View): readonly Line[] {
  return [
    ...listEntries([
      ["Trading day", day.date],
      ["Began", formatMoment(day.start, zone)],
      ["Ends", formatMoment(day.end, zone), { text: "  at 17:00 in New York", tone: "faint" }],
      ["Left", formatSpan(day.end - now)],
    ]),
    [],
    [{ text: "Holidays and trading hours are not in the feed.", tone: "faint" }],
  ];
}

/** Where what is shown comes from, and how old it is. */
function drawFeed({ feed, state, now }: View): Line {
  const { status, unreadable } = feed;
  if (status.kind === "live") {
    const database = unreadable === undefined ? "" : ", the database cannot be read";
    return [{ text: "● live", tone: "good" }, ...drawDaemon(state.daemon), `  ${feed.url}${database}`];
  }
  if (status.kind === "connecting") return [{ text: "○ connecting", tone: "warning" }, `  ${feed.url}`];
  const known =
    state.newestEntry === undefined
      ? ", no entry of this account"
      : `, newest entry ${formatSpan(now - state.newestEntry)} old`;
  return [
    { text: unreadable === undefined ? `○ last known state${known}` : "○ no last known state", tone: "warning" },
    `; ${status.reason}; next try in ${formatSpan(status.retryAt - now)}`,
  ];
}

function drawDaemon(daemon: View["state"]["daemon"]): Line {
  if (daemon === undefined || daemon.status === "RUNNING") return [];
  return [{ text: `  daemon ${daemon.status}: ${daemon.message}`, tone: "warning" }];
}

/** The session clock, which the trader starts with I and stops with O. */
function drawSession({ session, now, zone }: View): Line {
  const { clockedInAt, workedMs } = session;
  if (clockedInAt === undefined) {
    const worked = workedMs === 0 ? "" : `, ${formatSpan(workedMs)} so far`;
    return [{ text: `clocked out${worked}   i clocks in`, tone: "faint" }];
  }
  const total = formatSpan(workedMs + now - clockedInAt);
  return [`clocked in at ${formatClock(clockedInAt, zone)}, ${total} in all   o clocks out`];
}
