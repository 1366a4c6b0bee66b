import { END, openViewerTerminal, type ViewerTerminal } from "../../cli/trader/viewer-terminal.ts";
import { EXECUTABLE } from "../../rig/daemon-process.ts";

/**
 * The compiled viewer in a pseudo-terminal of 100 columns and 40 rows.
 * @param account whose stream is at `url`, and whose last known state below `home`.
 */
export function openTrader(account: number, url: string, home: string): ViewerTerminal {
  return openViewerTerminal([EXECUTABLE, "trader", "--account-id", String(account), "--url", url, "--home", home], {
    columns: 100,
    rows: 40,
    environment: { PATH: process.env["PATH"], HOME: home, TERM: "xterm-256color" },
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with Escape.
const OWN = /\u001b\[(?:0|1|2|7|31|32|33|1;97;41)m|\u001b\[[HJK]|\u001b\[\?(?:2026|1049|25)[hl]|\r\r?\n/g;

/** Control characters, and sequences of them, that are none of the viewer's own. */
export function findForeign({ output }: Pick<ViewerTerminal, "output">): readonly string[] {
  const whole = output.slice(0, output.lastIndexOf(END) + END.length).replace(OWN, "");
  return whole.match(/\p{Cc}.{0,9}/gsu) ?? [];
}
