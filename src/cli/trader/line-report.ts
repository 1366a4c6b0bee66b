import { toPlainText } from "../../viewer/screen/line.ts";
import { openOutput } from "../output/open-output.ts";
import { describeSummary, summarize } from "./summary.ts";
import { type AccountToWatch, watchAccount } from "./watch-account.ts";

/** How often a line may be written, in milliseconds. */
const PERIOD_MS = 1_000;

/** The viewer where there is no terminal: a line whenever something has changed, at most one a second, until it is ended. */
export function reportLines(options: AccountToWatch, isJson: boolean): Promise<never> {
  const { timers } = options;
  const write = openOutput();
  const watch = watchAccount(options, () => {});
  let told = "";
  timers.after(PERIOD_MS, report);
  return new Promise(() => {});

  function report(): void {
    timers.after(PERIOD_MS, report);
    const view = watch.look(1);
    // What only grows older is no change.
    const { at: _, ...content } = summarize(view);
    const text = JSON.stringify(content);
    if (text === told) return;
    told = text;
    write(isJson ? JSON.stringify(summarize(view)) : toPlainText(describeSummary(view)));
  }
}
