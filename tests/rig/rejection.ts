import { Failure, systemCode } from "../../src/platform/failure.ts";

/** The Failure that a promise is rejected with; anything else fails the test. */
export async function rejectionOf(promise: Promise<unknown>): Promise<Failure> {
  const outcome = await promise.catch((error: unknown) => error);
  if (outcome instanceof Failure) return outcome;
  throw new Error(`expected a Failure, got ${String(outcome)}`);
}

/** The Failure that an action throws; anything else fails the test. */
export function failureOf(action: () => unknown): Failure {
  try {
    action();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** The error that a promise is rejected with, of whatever kind. */
export async function errorOf(promise: Promise<unknown>): Promise<Error> {
  const outcome: unknown = await promise.then(
    () => "no error",
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return outcome;
  throw new Error(`expected an error, got ${String(outcome)}`);
}

/** The system's code for what an action throws; undefined where it throws nothing. */
export function systemCodeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    return systemCode(error);
  }
  return undefined;
}
