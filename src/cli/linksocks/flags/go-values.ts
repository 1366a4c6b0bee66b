/** As strconv.ParseBool of Go reads it; undefined for anything else. */
export function parseBoolean(text: string): boolean | undefined {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  return ["0", "f", "F", "false", "FALSE", "False"].includes(text) ? false : undefined;
}

/** A whole decimal number with or without a sign; undefined for anything else. */
export function parseInteger(text: string): number | undefined {
  const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

/**
 * Milliseconds of a duration as time.ParseDuration of Go reads it: `5s`, `1m30s`, `1.5h`, `500ms`, `0`. Undefined for
 * anything else, for a negative one, and for what no timer can wait for (2^31 ms, some 24 days).
 */
export function parseGoDuration(text: string): number | undefined {
  const amounts = text.replace(/^[+-](?=.)/, "");
  if (amounts === "0") return 0;
  if (text.startsWith("-") || !/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(amounts)) return undefined;
  let milliseconds = 0;
  for (const [, amount, unit = ""] of amounts.matchAll(/([\d.]+)([a-zµμ]+)/g)) {
    milliseconds += Number(amount) * (MILLISECONDS.get(unit) ?? Number.NaN);
  }
  return milliseconds < 2 ** 31 ? milliseconds : undefined;
}

const MILLISECONDS = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3],
  ["μs", 1e-3],
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
]);
