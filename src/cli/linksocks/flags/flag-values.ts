import type { Environment } from "../../../platform/environment.ts";
import { Failure } from "../../../platform/failure.ts";
import type { Flag, ParsedFlags } from "../../parse-flags.ts";

/** The values of a command's flags. Each call throws Failure `usage` for a value that the flag cannot have. */
export type FlagValues<Name extends string> = ReturnType<typeof readFlagValues<readonly NamedFlag<Name>[]>>;

type NamedFlag<Name extends string> = Flag & { readonly name: Name };

/**
 * A flag beats its environment variable, which beats the default. Variables are trimmed, and blank ones are ignored.
 */
export function readFlagValues<const Flags extends readonly Flag[]>(
  flags: Flags,
  { given }: ParsedFlags,
  environment: Environment,
) {
  type Name = Flags[number]["name"];
  const byName = new Map(flags.map((flag) => [flag.name, flag]));
  return {
    /** Empty where there is none. */
    text(name: Name): string {
      const { text, label } = find(name);
      const { choices } = byName.get(name) ?? {};
      if (choices !== undefined && !choices.includes(text)) throw invalid(label, text, `one of: ${choices.join(", ")}`);
      return text;
    },
    /** Every value of a flag that may be given several times. */
    list: (name: Name): readonly string[] => given.get(name) ?? [],
    isOn(name: Name): boolean {
      const { text, label } = find(name);
      const value = text === "" && !given.has(name) ? false : parseBoolean(text);
      if (value === undefined) throw invalid(label, text, "true or false");
      return value;
    },
    count(name: Name): number {
      return (given.get(name) ?? []).reduce((sum, text) => {
        const value = text === "true" ? sum + 1 : parseInteger(text);
        if (value === undefined) throw invalid(`--${name}`, text, "a number");
        return value;
      }, 0);
    },
    integer,
    /** 0 to 65535. */
    port: (name: Name) => integer(name, { from: 0, to: 65_535, hint: "a port number, from 0 to 65535" }),
    /** In milliseconds. */
    duration(name: Name): number {
      const { text, label } = find(name);
      const value = parseGoDuration(text);
      if (value === undefined) throw invalid(label, text, "a time with its unit, such as 5s, 1m30s or 500ms");
      return value;
    },
    /** Whether the flag itself stands on the command line, and not only its variable in the environment. */
    isGiven: (name: Name) => given.has(name),
  };

  function integer(name: Name, { from, to, hint }: { from: number; to: number; hint: string }): number {
    const { text, label } = find(name);
    const value = parseInteger(text);
    if (value === undefined || value < from || value > to) throw invalid(label, text, hint);
    return value;
  }

  /** The last value that was given, or what stands in for it, and who gave it. */
  function find(name: Name): { readonly text: string; readonly label: string } {
    const text = given.get(name)?.at(-1);
    if (text !== undefined) return { text, label: `--${name}` };
    const { variable = "", fallback = "" } = byName.get(name) ?? {};
    const value = environment[variable]?.trim() ?? "";
    return value === "" ? { text: fallback, label: `--${name}` } : { text: value, label: variable };
  }
}

/** Never called with what may be a secret. */
function invalid(label: string, text: string, hint: string): Failure {
  return new Failure("usage", `invalid ${label}: ${JSON.stringify(text)}`, { hint });
}

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
