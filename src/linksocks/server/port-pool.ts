/**
 * Ports for reverse tokens; docs/protocols/linksocks.md#reverse-ports.
 * @param first, last both included.
 */
export function createPortPool({ first, last }: { readonly first: number; readonly last: number }) {
  const taken = new Set<number>();
  return {
    /** @param port 0 for any free one of the pool. @returns undefined where it cannot be had. */
    take(port: number): number | undefined {
      const chosen = port === 0 ? chooseFree() : port;
      const isPort = chosen !== undefined && Number.isInteger(chosen) && chosen >= 1 && chosen <= 65_535;
      if (!isPort || taken.has(chosen)) return undefined;
      taken.add(chosen);
      return chosen;
    },
    release: (port: number): void => void taken.delete(port),
  };

  /** From a random place on, so that a pool that is nearly full is no trouble either. */
  function chooseFree(): number | undefined {
    const size = last - first + 1;
    const start = Math.floor(Math.random() * size);
    for (let step = 0; step < size; step += 1) {
      const port = first + ((start + step) % size);
      if (!taken.has(port)) return port;
    }
    return undefined;
  }
}
