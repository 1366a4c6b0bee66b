import type { Lockout, Notice } from "../state/account-state.ts";
import { drawConnections } from "./connections.ts";
import { drawEnforcement } from "./enforcement.ts";
import { formatClock, formatSpan } from "./figures.ts";
import { drawHours } from "./hours.ts";
import type { Line, Tone } from "./line.ts";
import { describeRemaining, drawLockouts } from "./lockouts.ts";
import { drawOverview } from "./overview.ts";
import { drawPositions } from "./positions.ts";
import { drawResults } from "./results.ts";
import { drawRules } from "./rules.ts";
import { drawFeed, drawSession } from "./status-lines.ts";
import type { View } from "./view.ts";

/** In the order of their keys, from 1; all names fit into 78 columns. Reference page event-stream.md section 10. */
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
    { text: `   account ${state.account}   ${formatClock(now, zone)}   q quits` },
  ];
}

function drawTabs({ tab }: View): Line {
  return TABS.flatMap(({ name }, index) => [
    index + 1 === tab ? { text: `${index + 1} ${name}`, tone: "chosen" as const } : { text: `${index + 1} ${name}` },
    { text: " " },
  ]);
}

/** Two lines: a lockout as long as it lasts, and what has just happened. */
function drawNews({ state: { lockout, notices }, now }: View): readonly Line[] {
  const recent = notices
    .filter(({ at }) => now - at < NOTICE_MS)
    .map(({ text, mood, at }): Line => [{ text, ...TONE_OF_MOOD[mood] }, { text: `  ${formatSpan(now - at)} ago` }]);
  const lines = lockout === undefined ? recent : [drawBanner(lockout, now), ...recent];
  return [lines[0] ?? [], lines[1] ?? []];
}

function drawBanner(lockout: Lockout, now: number): Line {
  const text = ` LOCKED by ${lockout.rule}, ${describeRemaining(lockout, now)}: ${lockout.reason} `;
  return [{ text, tone: "alarm" }];
}

const TONE_OF_MOOD: Readonly<Record<Notice["mood"], { readonly tone?: Tone }>> = {
  good: { tone: "good" },
  bad: { tone: "bad" },
  neutral: {},
};
