/**
 * Whether a rest that began at `since` goes on. A clock that was set back makes no rest longer: what seems to lie ahead ends it.
 * @param now as `since`, in milliseconds.
 */
export function isResting(since: number, milliseconds: number, now: number): boolean {
  return now >= since && now < since + milliseconds;
}
