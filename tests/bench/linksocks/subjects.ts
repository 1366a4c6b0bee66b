import { nativeMaker, ownMaker, pairSubject, WHEEL_MAKER } from "./pair.ts";
import { startListening } from "./script.ts";
import { socksProxies } from "./socks-proxies.ts";
import type { Subject } from "./subject.ts";

/** Whose figures ours are judged by. */
export const YARDSTICK = "Go LinkSocks";

const NO_YARDSTICK = `${YARDSTICK}: its Python wheel, a third as fast as the native program, hence no targets.`;

export interface Subjects {
  readonly all: readonly Subject[];
  /** Whether `YARDSTICK` is the program that people use. */
  readonly hasYardstick: boolean;
}

/** All that can carry connections here: ours, theirs, ours with theirs, and what sets the limit. */
export function findSubjects(executable: string, folder: string): Subjects {
  const ours = ownMaker(executable, folder);
  const native = nativeMaker(folder);
  const theirs = native ?? WHEEL_MAKER;
  const yardstick = pairSubject(YARDSTICK, theirs, theirs);
  return {
    hasYardstick: native !== undefined,
    all: [
      pairSubject(undefined, ours, ours),
      native === undefined ? { ...yardstick, note: NO_YARDSTICK } : yardstick,
      pairSubject("our client, Go server", ours, theirs),
      pairSubject("Go client, our server", theirs, ours),
      PLAIN_RELAY,
      ...socksProxies(folder),
    ],
  };
}

const PLAIN_RELAY: Subject = {
  by: "a plain TCP relay",
  isPair: false,
  async start(target) {
    const { port, pid, [Symbol.asyncDispose]: end } = await startListening("plain-relay", `${target}`);
    return { entry: { port }, client: pid, server: undefined, [Symbol.asyncDispose]: end };
  },
};
