import { parseEvent } from "../../../src/events/trading/parse-event.ts";
import { ALL_SAMPLES, type SampleName } from "./samples.ts";

/** A moment after all samples. */
export const NOW = Date.parse("2025-11-05T00:00:00Z");

/** What the feed makes of a sample with some members of its `data` replaced; undefined takes a member away. */
export function publish(name: SampleName, changes: Readonly<Record<string, unknown>> = {}, now = NOW) {
  const sample = JSON.parse(ALL_SAMPLES[name]);
  return parseEvent(JSON.parse(JSON.stringify({ ...sample, data: { ...sample.data, ...changes } })), now);
}

/** The sentence with which the changed sample is refused; undefined where it is taken. */
export function refusalOf(name: SampleName, changes: Readonly<Record<string, unknown>>, now = NOW): string | undefined {
  const result = publish(name, changes, now);
  return "reject" in result ? result.reject : undefined;
}

/** The changed sample's `data` as the feed sends it. */
export function dataOf(name: SampleName, changes: Readonly<Record<string, unknown>>, now = NOW): unknown {
  const result = publish(name, changes, now);
  if ("reject" in result) throw new Error(result.reject);
  return result.data;
}
