import { contain } from "./containment.ts";

/** Calls `act` once after `milliseconds`; `clearTimeout` ends it. @param part whose it is, see containment.ts. */
export function startTimer(part: string, milliseconds: number, act: () => void): ReturnType<typeof setTimeout> {
  return setTimeout(contain(part, act), milliseconds);
}

/** Calls `act` every `milliseconds`; `clearInterval` ends it. */
export function startInterval(part: string, milliseconds: number, act: () => void): ReturnType<typeof setInterval> {
  return setInterval(contain(part, act), milliseconds);
}

/** Calls `act` in the next turn of the event loop; `clearImmediate` ends it. */
export function inNextTurn(part: string, act: () => void): ReturnType<typeof setImmediate> {
  return setImmediate(contain(part, act));
}
