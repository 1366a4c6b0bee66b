export interface ParsedMetrics {
  /** By name and labels, `name{label="value"}` with values as JSON strings. */
  readonly samples: ReadonlyMap<string, number>;
  readonly types: ReadonlyMap<string, string>;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;

/**
 * Reads Prometheus' text format 0.0.4, strictly: every line ends in LF; a family has one HELP and one TYPE, both before its
 * samples, and its samples stand together; no sample comes twice. @throws Error that names the line at fault.
 */
export function parseMetrics(text: string): ParsedMetrics {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const finished = new Set<string>();
  let family = "";
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error("the last line has no end");
  for (const line of lines) {
    const fail = (why: string) => new Error(`${why}: ${line}`);
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment !== null) {
      const [, kind, name = "", rest = ""] = comment;
      if (!NAME.test(name)) throw fail("a name is malformed");
      if (kind === "HELP") {
        if (helped.has(name)) throw fail("a second HELP");
        if (/\\(?![\\n])/.test(rest)) throw fail("a backslash is not escaped");
        helped.add(name);
      } else {
        if (types.has(name) || finished.has(name)) throw fail("a TYPE too many or too late");
        if (!["counter", "gauge", "histogram", "summary", "untyped"].includes(rest)) throw fail("no such type");
        types.set(name, rest);
      }
      continue;
    }
    const [, name = "", labels, value = ""] = SAMPLE.exec(line) ?? [];
    if (name === "") throw fail("neither a comment nor a sample");
    if (!helped.has(name) || !types.has(name)) throw fail("HELP or TYPE is missing");
    if (name !== family) {
      if (finished.has(name)) throw fail("a family is torn apart");
      finished.add(name);
      family = name;
    }
    const number = value === "" ? Number.NaN : Number(value);
    if (!Number.isFinite(number)) throw fail("no number");
    const key = labels === undefined ? name : `${name}{${parseLabels(labels, fail)}}`;
    if (samples.has(key)) throw fail("a sample comes twice");
    samples.set(key, number);
  }
  for (const name of types.keys()) if (!finished.has(name)) throw new Error(`${name} has no sample`);
  return { samples, types };
}

function parseLabels(text: string, fail: (why: string) => Error): string {
  const labels = new Map<string, string>();
  for (let rest = text; rest !== ""; ) {
    const [whole, name = "", value = "", end] = LABEL.exec(rest) ?? [];
    if (whole === undefined) throw fail("a label is malformed");
    if (labels.has(name)) throw fail("a label comes twice");
    labels.set(
      name,
      value.replace(/\\(.)/g, (_, escaped) => (escaped === "n" ? "\n" : escaped)),
    );
    rest = rest.slice(whole.length);
    if (end === "," && rest === "") throw fail("a comma too many");
  }
  return [...labels].map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",");
}
