import type { AccountState, Notice } from "./account-state.ts";
import { KEPT } from "./kept.ts";

/** The state with word of what has just happened. @param at milliseconds since the epoch. */
export function giveNotice(state: AccountState, text: string, mood: Notice["mood"], at: number): AccountState {
  return { ...state, notices: [{ text, mood, at }, ...state.notices].slice(0, KEPT.notices) };
}
