import type { TunnelEntry } from "../../../api/control/schemas.ts";
import { Failure } from "../../../platform/failure.ts";
import { reportFailure, say } from "../../output/report.ts";

/**
 * Does the same to each tunnel, all at once, and tells the outcome in the order of the names: as JSON the tunnel's entry
 * for one name (unless `list`), for several an array in which a refusal stands as `{"name","error"}`.
 * @throws Failure the refusal, where one tunnel is named; several are each reported, and the first sets the exit code.
 */
export async function forEachTunnel(
  names: readonly string[],
  change: (name: string) => Promise<TunnelEntry>,
  report: { readonly json: boolean; readonly list?: boolean; readonly sayDone: (tunnel: TunnelEntry) => Promise<void> },
): Promise<void> {
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0 && report.list !== true) {
    const tunnel = await change(only);
    return report.json ? say(JSON.stringify(tunnel)) : await report.sayDone(tunnel);
  }
  const outcomes = await Promise.all([...new Set(names)].map((name) => changeOrRefuse(name, change)));
  if (report.json) say(JSON.stringify(outcomes.map(describeOutcome)));
  let exitCode: number | undefined;
  for (const outcome of outcomes) {
    if ("refusal" in outcome) {
      const code = await reportFailure(outcome.refusal, report.json ? "json" : "text");
      exitCode ??= code;
    } else if (!report.json) await report.sayDone(outcome.tunnel);
  }
  if (exitCode !== undefined) process.exitCode = exitCode;
}

type Outcome = { readonly tunnel: TunnelEntry } | { readonly name: string; readonly refusal: Failure };

async function changeOrRefuse(name: string, change: (name: string) => Promise<TunnelEntry>): Promise<Outcome> {
  try {
    return { tunnel: await change(name) };
  } catch (error) {
    if (error instanceof Failure) return { name, refusal: error };
    throw error;
  }
}

function describeOutcome(outcome: Outcome): object {
  if ("tunnel" in outcome) return outcome.tunnel;
  const { code, message, hint } = outcome.refusal;
  return { name: outcome.name, error: { code, message, hint: hint ?? null } };
}
