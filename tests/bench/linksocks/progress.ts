/** So long without a byte, and no more is expected. */
const STALLED_MS = 3_000;
const LOOK_EVERY_MS = 100;

/** Whether several streams still carry anything. */
export interface Progress {
  /** One of them has carried something. */
  move(): void;
  /** One of them has carried all. */
  finish(): void;
  /** Resolves with true once all streams have finished, with false when nothing moves any more. */
  readonly ended: Promise<boolean>;
}

/** @param streams how many have to finish. */
export function watchProgress(streams: number): Progress {
  let open = streams;
  let hasMoved = true;
  let still = 0;
  const ended = Promise.withResolvers<boolean>();
  const watch = setInterval(() => {
    still = hasMoved ? 0 : still + LOOK_EVERY_MS;
    hasMoved = false;
    if (still >= STALLED_MS) end(false);
  }, LOOK_EVERY_MS);
  return {
    move() {
      hasMoved = true;
    },
    finish() {
      open -= 1;
      if (open === 0) end(true);
    },
    ended: ended.promise,
  };

  function end(isWhole: boolean): void {
    clearInterval(watch);
    ended.resolve(isWhole);
  }
}
