import { join } from "node:path";
import { findPaths, homeOption, parseWhole, switchOption } from "../../arguments.ts";
import { isTerminal, mayColour } from "../../output/terminal.ts";
import type { AccountToWatch } from "../../trader/watch-account.ts";
import { defineVerb } from "../../verb.ts";
import { chooseStreamUrl, SYSTEM_TIMERS, urlOption } from "./stream-options.ts";

export const verb = defineVerb({
  name: "trader",
  summary: "Watch one trading account on the terminal",
  details: "It shows results, positions and lockouts. 1 to 8 choose a tab, q quits.",
  examples: ["wpdaemon trader --account-id 7001"],
  args: {
    "account-id": { type: "string", description: "The account", required: true },
    url: urlOption,
    home: homeOption,
    json: switchOption("Print a JSON document whenever something has changed"),
  },
  async run({ args }) {
    const account = parseWhole("--account-id", args["account-id"]);
    const paths = findPaths(args);
    const { own, database } = paths;
    const { openWebSocket: open } = await import("../../../viewer/client/stream.ts");
    const options: AccountToWatch = {
      account,
      url: chooseStreamUrl(args.url, paths),
      database,
      session: join(own, `trader-${account}.json`),
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      open,
      timers: SYSTEM_TIMERS,
      random: Math.random,
    };
    if (isTerminal("stdin") && isTerminal("stdout") && !args.json) {
      const { showDashboard } = await import("../../trader/dashboard.ts");
      return await showDashboard(options, mayColour());
    }
    const { reportLines } = await import("../../trader/line-report.ts");
    return await reportLines(options, args.json);
  },
});
