import { escapeControls } from "../../../platform/plain-text.ts";
import { followStream, openWebSocket } from "../../../viewer/client/stream.ts";
import { paintLine } from "../../../viewer/screen/line.ts";
import { findPaths, homeOption, parseWhole, switchOption } from "../../arguments.ts";
import { openOutput, sayError } from "../../output/report.ts";
import { mayColour } from "../../output/terminal.ts";
import { defineVerb } from "../../verb.ts";
import { describeEvent } from "./describe-event.ts";
import { chooseStreamUrl, parseTypes, SYSTEM_TIMERS, urlOption } from "./stream-options.ts";

export const verb = defineVerb({
  name: "events",
  summary: "Follow events as they happen",
  details: "It prints one event per line until Ctrl-C, and waits for a daemon that is not there.",
  examples: ["wpdaemon events --account 7001 --types lockout_set,lockout_cleared"],
  args: {
    account: { type: "string", description: "Only this account's, and what concerns everybody" },
    types: { type: "string", description: "Only these, with commas between them" },
    since: { type: "string", description: "Begin with what is newer than this number" },
    url: urlOption,
    home: homeOption,
    json: switchOption("Print each event as the JSON document that it is"),
  },
  run({ args }) {
    const url = chooseStreamUrl(args.url, findPaths(args));
    const write = openOutput();
    const isColoured = mayColour();
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    let isMissing = false;
    const since = args.since === undefined ? undefined : parseWhole("--since", args.since);
    // After the first event, a new connection begins where the last one ended.
    let last = since;
    followStream(
      {
        url,
        account: args.account === undefined ? undefined : parseWhole("--account", args.account),
        types: args.types === undefined ? undefined : parseTypes(args.types),
        since,
        open: openWebSocket,
        timers: SYSTEM_TIMERS,
        random: Math.random,
      },
      {
        onOpen() {
          if (isMissing) note(`connected to ${url}${last !== undefined ? "" : "; what happened before is not shown"}`);
          isMissing = false;
        },
        onEvent(event) {
          last = event.seq ?? last ?? 0;
          if (args.json) return write(escapeControls(event.text));
          write(paintLine(describeEvent(event, Date.now(), zone), Number.POSITIVE_INFINITY, isColoured));
        },
        onGap({ from, to }, { text }) {
          note(describeGap(from, to, last));
          last = to;
          if (args.json) write(escapeControls(text));
        },
        onIgnored: (reason) => note(`ignored ${reason}`),
        onLost({ reason }) {
          if (!isMissing) note(`no daemon on ${url} (${reason}); trying until there is one`);
          isMissing = true;
        },
      },
    );
    return new Promise(() => {});
  },
});

/** @param asked the number up to which all is known. */
function describeGap(from: number, to: number, asked: number | undefined): string {
  if (asked === undefined || to >= asked) return `the events ${from} to ${to} are no longer kept`;
  const newest = to < from ? "there is no event yet" : `the newest event is ${to}`;
  return `${newest}, so ${asked} has not happened; what happens from now on is shown`;
}

function note(text: string): void {
  sayError(`wpdaemon: ${escapeControls(text)}`);
}
