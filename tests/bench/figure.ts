/** One row of the result for one daemon. */
export interface Figure {
  readonly group: string;
  readonly name: string;
  /** Whose figure it is, where it is another program's beside the row of the same name. */
  readonly by?: string;
  readonly unit: "MB" | "s" | "ms" | "µs" | "/s" | "MB/s" | "s/GB" | "%" | "";
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
  /** Whether more is better; less is, unless it says so. */
  readonly isFloor?: true;
}

export function atMost(limit: number): Target {
  return { limit, inclusive: true };
}

export function below(limit: number): Target {
  return { limit, inclusive: false };
}

export function atLeast(limit: number): Target {
  return { limit, inclusive: true, isFloor: true };
}

/** Undefined where there is nothing to compare. */
export function isMet({ value, target }: Figure): boolean | undefined {
  if (value === undefined || target === undefined) return undefined;
  if (value === target.limit) return target.inclusive;
  return target.isFloor === true ? value > target.limit : value < target.limit;
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
