/** A command that a console block shows, and what it prints there. */
export interface Step {
  /** `outside`: on the machine at the other end, where it goes on until the page's end. */
  readonly place: "here" | "outside";
  readonly command: string;
  readonly shown: string;
}

/** Takes a console block apart: `$ ` begins a command, a backslash at a line's end continues it, the rest is its output. */
export function readSteps(text: string): readonly Step[] {
  const steps: { place: Step["place"]; command: string; shown: string[] }[] = [];
  for (const line of text.split("\n")) {
    const prompt = /^(outside)?\$ (.*)$/.exec(line);
    const last = steps.at(-1);
    if (prompt !== null) steps.push({ place: prompt[1] ? "outside" : "here", command: prompt[2] ?? "", shown: [] });
    else if (last === undefined) throw new Error(`a console block begins with a prompt, not with: ${line}`);
    else if (last.shown.length === 0 && last.command.endsWith("\\")) last.command += `\n${line}`;
    else last.shown.push(line);
  }
  return steps.map(({ place, command, shown }) => ({ place, command, shown: shown.join("\n").trimEnd() }));
}
