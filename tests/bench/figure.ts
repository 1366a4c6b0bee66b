/** One row of the result for one daemon. */
export interface Figure {
  readonly group: string;
  readonly name: string;
  /** Whose figure it is, where it is another program's beside the row of the same name. */
  readonly by?: string;
  readonly unit: "MB" | "s" | "ms" | "/s" | "";
  /** Undefined where this system does not tell. */
  readonly value: number | undefined;
  readonly target?: Target;
  /** What a reader has to know about it. */
  readonly note?: string;
}

export interface Target {
  readonly limit: number;
  /** Whether the limit itself is still within the target. */
  readonly inclusive: boolean;
}

export function atMost(limit: number): Target {
  return { limit, inclusive: true };
}

export function below(limit: number): Target {
  return { limit, inclusive: false };
}

/** Undefined where there is nothing to compare. */
export function isMet({ value, target }: Figure): boolean | undefined {
  if (value === undefined || target === undefined) return undefined;
  return target.inclusive ? value <= target.limit : value < target.limit;
}

/** The median of the samples that are there; undefined where there is none. */
export function median(samples: readonly (number | undefined)[]): number | undefined {
  const sorted = samples.filter((sample) => sample !== undefined).toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

/** The sample that `share` (0.99 and the like) of all samples do not exceed. */
export function quantile(samples: readonly number[], share: number): number | undefined {
  return samples.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(samples.length * share) - 1)];
}
