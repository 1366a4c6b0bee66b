import type { AccountState, Action } from "./account-state.ts";
import { KEPT } from "./kept.ts";
import { isLocking } from "./lockout-history.ts";

/** The state with one more action, which the day counts unless it was taken before that began. */
export function addAction(state: AccountState, action: Action): AccountState {
  const { actions, lockingActions, actionCounts } = state;
  const counted = isSince(action, state.day.start) ? countActions([action], actionCounts) : actionCounts;
  return {
    ...state,
    actions: newest([action, ...actions], KEPT.actions),
    lockingActions: isLocking(action) ? newest([action, ...lockingActions], KEPT.lockouts) : lockingActions,
    actionCounts: counted,
  };
}

/** How often each kind was taken on the day that began at `start`. */
export function countActionsSince(actions: readonly Action[], start: number): ReadonlyMap<string, number> {
  return countActions(
    actions.filter((action) => isSince(action, start)),
    new Map(),
  );
}

function countActions(actions: readonly Action[], before: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const counts = new Map(before);
  for (const { kind } of actions) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

function isSince({ at }: Action, start: number): boolean {
  return (at ?? 0) >= start;
}

function newest(actions: readonly Action[], kept: number): readonly Action[] {
  return actions.toSorted((one, other) => (other.at ?? 0) - (one.at ?? 0)).slice(0, kept);
}
