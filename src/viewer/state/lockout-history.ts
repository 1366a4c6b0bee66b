import type { AccountState, Action, Lockout } from "./account-state.ts";
import { KEPT } from "./kept.ts";

/** An action that locks is told when it is done: so long after its lockout, at most, in milliseconds. */
const DONE_WITHIN_MS = 5_000;

/** The lockouts with one more; the same one said again takes the place of what was said before. The newest first. */
export function addLockout(lockouts: readonly Lockout[], lockout: Lockout): readonly Lockout[] {
  const others = lockouts.filter(({ rule, from }) => rule !== lockout.rule || from !== lockout.from);
  return newest([lockout, ...others]);
}

/**
 * The last lockouts, the newest first: those that were seen, and those of which only the action is left. Reference page
 * event-stream.md section 9, number 12.
 */
export function listLockouts({ seenLockouts, lockingActions }: Pick<AccountState, "seenLockouts" | "lockingActions">) {
  const unseen = lockingActions.filter((action) => !seenLockouts.some((lockout) => isOf(action, lockout)));
  return newest([
    ...seenLockouts,
    ...unseen.map(({ rule, reason, at }): Lockout => ({ rule, reason, from: at, until: undefined })),
  ]);
}

/** Whether an action of this kind, in upper case, locks the account; section 4.7 by any of the names in use. */
export function isLocking({ kind }: Pick<Action, "kind">): boolean {
  return LOCKING_ACTIONS.includes(kind);
}

export const LOCKING_ACTIONS: readonly string[] = ["CLOSE_ALL_AND_LOCKOUT", "COOLDOWN", "SET_LOCKOUT", "APPLY_LOCKOUT"];

function isOf({ rule, at }: Action, lockout: Lockout): boolean {
  if (rule !== lockout.rule || at === undefined || lockout.from === undefined) return false;
  return Math.abs(at - lockout.from) <= DONE_WITHIN_MS;
}

function newest(lockouts: readonly Lockout[]): readonly Lockout[] {
  return lockouts.toSorted((one, other) => (other.from ?? 0) - (one.from ?? 0)).slice(0, KEPT.lockouts);
}
