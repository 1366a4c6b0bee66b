import type { TradingDay } from "../../events/trading-day.ts";
import { type AccountState, KEPT } from "./account-state.ts";
import type { Action, Lockout } from "./wire-data.ts";

/** The state with one more action, which the day counts unless it was taken before that began. */
export function addAction(state: AccountState, action: Action): AccountState {
  const { actions, lockingActions, actionCounts } = state;
  const { kind } = action;
  return {
    ...state,
    actions: newestActions([action, ...actions], KEPT.actions),
    lockingActions: isLocking(action) ? newestActions([action, ...lockingActions], KEPT.lockouts) : lockingActions,
    actionCounts: isSince(action, state.day.start)
      ? new Map(actionCounts).set(kind, (actionCounts.get(kind) ?? 0) + 1)
      : actionCounts,
  };
}

/** The state with what has happened since `from` as all that has happened on a day. */
export function beginDay(state: AccountState, day: TradingDay, from: number) {
  // The first trades of a day may be told before it begins here.
  const trades = state.trades.filter(({ at }) => at >= from);
  const realised = trades.reduce((sum, { result }) => sum + result, 0);
  const actionCounts = countActionsSince(state.actions, from);
  return { ...state, day, realised, tradeCount: trades.length, trades, actionCounts };
}

/** How often each kind was taken on the day that began at `start`. */
function countActionsSince(actions: readonly Action[], start: number): ReadonlyMap<string, number> {
  const byKind = Map.groupBy(
    actions.filter((action) => isSince(action, start)),
    ({ kind }) => kind,
  );
  return new Map([...byKind].map(([kind, taken]) => [kind, taken.length]));
}

function isSince({ at }: Action, start: number): boolean {
  return (at ?? 0) >= start;
}

/** An action that locks is told when it is done: so long after its lockout, at most, in milliseconds. */
const DONE_WITHIN_MS = 5_000;

/** The lockouts with one more; the same one said again takes the place of what was said before. The newest first. */
export function addLockout(lockouts: readonly Lockout[], lockout: Lockout): readonly Lockout[] {
  const others = lockouts.filter(({ rule, from }) => rule !== lockout.rule || from !== lockout.from);
  return newestLockouts([lockout, ...others]);
}

/**
 * The last lockouts, the newest first: those that were seen, and those of which only the action is left, since the table of
 * lockouts keeps the one in force alone.
 */
export function listLockouts({ seenLockouts, lockingActions }: Pick<AccountState, "seenLockouts" | "lockingActions">) {
  const unseen = lockingActions.filter((action) => !seenLockouts.some((lockout) => isOf(action, lockout)));
  return newestLockouts([
    ...seenLockouts,
    ...unseen.map(({ rule, reason, at }): Lockout => ({ rule, reason, from: at, until: undefined })),
  ]);
}

/** Whether an action of this kind, in upper case, locks the account. */
export function isLocking({ kind }: Pick<Action, "kind">): boolean {
  return LOCKING_ACTIONS.includes(kind);
}

/** All names that are in use for such actions. */
export const LOCKING_ACTIONS: readonly string[] = ["CLOSE_ALL_AND_LOCKOUT", "COOLDOWN", "SET_LOCKOUT", "APPLY_LOCKOUT"];

function isOf({ rule, at }: Action, lockout: Lockout): boolean {
  if (rule !== lockout.rule || at === undefined || lockout.from === undefined) return false;
  return Math.abs(at - lockout.from) <= DONE_WITHIN_MS;
}

function newestLockouts(lockouts: readonly Lockout[]): readonly Lockout[] {
  return lockouts.toSorted((one, other) => (other.from ?? 0) - (one.from ?? 0)).slice(0, KEPT.lockouts);
}

function newestActions(actions: readonly Action[], kept: number): readonly Action[] {
  return actions.toSorted((one, other) => (other.at ?? 0) - (one.at ?? 0)).slice(0, kept);
}
