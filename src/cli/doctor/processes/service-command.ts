/**
 * The command line in a service's definition that `wpdaemon install` wrote: a systemd unit's ExecStart= or a property
 * list's ProgramArguments.
 * @returns undefined where there is none.
 */
export function readServiceCommand(definition: string): readonly string[] | undefined {
  const unit = /^ExecStart=:?(.+)$/m.exec(definition)?.[1];
  if (unit !== undefined) return splitUnitWords(unit);
  const list = /<key>ProgramArguments<\/key>\s*<array>([\s\S]*?)<\/array>/.exec(definition)?.[1];
  if (list === undefined) return undefined;
  return [...list.matchAll(/<string>([\s\S]*?)<\/string>/g)].map(([, text = ""]) => unescapeXml(text));
}

/** systemd.syntax(7), as far as our own quoting goes: words in double quotes, a backslash before a quote, %% for %. */
function splitUnitWords(line: string): readonly string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) =>
    (plain ?? (quoted ?? "").replace(/\\(.)/g, "$1")).replaceAll("%%", "%"),
  );
}

function unescapeXml(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
