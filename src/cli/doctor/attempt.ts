import { type Failure, toFailure } from "../../platform/failure.ts";

/** What `look` gives, or why it cannot: one thing that cannot be looked at must not hide the others. */
export function attempt<Result>(look: () => Result): Result | Failure {
  try {
    return look();
  } catch (error) {
    return toFailure(error);
  }
}
