/** Is told how many bytes are kept for one now; 0 forgets it. */
export type JointBound<Of> = (one: Of, bytes: number) => void;

/**
 * A bound over what is kept for many, together.
 * @param relieve is called for whom something has been kept longest, until the rest is within the bound.
 */
export function createJointBound<Of>(mostBytes: number, relieve: (one: Of) => void): JointBound<Of> {
  /** In the order in which they came to have something kept. */
  const keptOf = new Map<Of, number>();
  let kept = 0;

  return (one, bytes) => {
    set(one, bytes);
    for (const oldest of keptOf.keys()) {
      if (kept <= mostBytes) return;
      set(oldest, 0);
      relieve(oldest);
    }
  };

  function set(one: Of, bytes: number): void {
    kept += bytes - (keptOf.get(one) ?? 0);
    if (bytes === 0) keptOf.delete(one);
    else keptOf.set(one, bytes);
  }
}
