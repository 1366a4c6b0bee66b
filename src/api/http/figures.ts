/** The text format's content type. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One that only grows, other than with a restart, has a name that ends in `_total`. Undefined is what nobody knows. */
export type Figure = readonly [name: string, help: string, value: number | undefined | readonly Sample[]];

/** What Prometheus reads, in its text format 0.0.4. @param prefix of every name. */
export function renderFigures(prefix: string, figures: readonly Figure[]): string {
  return figures.map((figure) => renderFamily(prefix, figure)).join("");
}

/** Nothing at all where there is no sample. */
function renderFamily(prefix: string, [name, help, value]: Figure): string {
  const samples: readonly Sample[] = typeof value === "number" ? [{ value }] : (value ?? []);
  if (samples.length === 0) return "";
  const full = `${prefix}${name}`;
  const lines = samples.map(({ labels = {}, value }) => `${full}${renderLabels(labels)} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${name.endsWith("_total") ? "counter" : "gauge"}\n${lines.join("")}`;
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
