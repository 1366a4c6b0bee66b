import { letGo } from "../../platform/containment.ts";
import type { Environment } from "../../platform/environment.ts";
import { describeError, Failure } from "../../platform/failure.ts";
import { closeSockets } from "../../platform/network/lend-listener.ts";
import { pause, settlesWithin } from "../../platform/waiting.ts";
import type { Sockets } from "../part.ts";
import { environmentOfSuccessor } from "./replace-in-place.ts";
import { INHERITED, LOCK } from "./take-over.ts";

/** A candidate that has not taken over by then is ended, and this daemon carries on. */
const TAKES_OVER_WITHIN_MS = 15_000;
/** As long: a machine with all its processors busy, or one that is emulated, starts a right program slowly. */
const PROVES_ITSELF_WITHIN_MS = 15_000;

export interface Successor {
  readonly pid: number;
  readonly version: string;
}

export type HandOver = ReturnType<typeof createHandOver>;

export interface Claim {
  readonly pid: number;
  readonly token: string;
  /** It knows how to go on in the place of this process, under its number. */
  readonly canReplace?: boolean;
}

export interface HandOverParts {
  /** The arguments that make the program a daemon like this one. */
  readonly arguments: readonly string[];
  readonly environment: Environment;
  /** Nobody can be told of another process number: the candidate only shows that it could, and its program replaces ours. */
  readonly keepsNumber: boolean;
  /** Descriptors that the successor inherits; those of the sockets are second ones, to be closed. */
  readonly lend: () => Lent;
  /** Stops working, without ending a tunnel or refusing a client. */
  readonly freeze: () => Promise<void>;
  /** Goes on as if nothing had been, with those sockets. */
  readonly resume: (sockets: Sockets) => Promise<void>;
  /** Everything is the successor's now. */
  readonly leave: (successor: Successor) => void;
  /** The program is to go on in the place of this one. It resolves only where that has failed. */
  readonly becomeProgram: (program: string) => Promise<void>;
}

/** Why a hand-over is called off. */
const STOPS = "this daemon stops";

interface Lent {
  readonly sockets: Sockets;
  readonly lock: number;
}

interface Attempt {
  /** Resolves with why it is called off. */
  readonly calledOff: PromiseWithResolvers<string>;
  readonly token: string;
  readonly pid: number;
  readonly taken: PromiseWithResolvers<void>;
  readonly rehearsed: PromiseWithResolvers<void>;
  /** Under way or done, once the successor has asked for it. */
  freezing: Promise<void> | undefined;
}

/**
 * Hands the daemon's work to another program without a moment in which a client is refused: the successor inherits the
 * listening socket, in whose queue clients wait, and the lock. It proves itself first; whatever fails, this daemon carries
 * on.
 */
export function createHandOver(parts: HandOverParts) {
  let attempt: Attempt | undefined;
  let isBusy = false;
  let isOver = false;
  let hasLeft = false;
  let isBecoming = false;
  let underWay: Promise<Successor> | undefined;

  return {
    /** @throws Failure `handover-failed`; nothing has changed then. */
    async begin(program: string): Promise<Successor> {
      if (hasLeft) throw failed("another daemon has taken over already", "ask that one");
      if (isBusy || isBecoming) throw failed("another hand-over is under way", "wait for its end");
      isBusy = true;
      try {
        const version = await askVersion(program, parts.environment);
        if (isOver) throw failed(`${program} did not take over: ${STOPS}`, "start it anew");
        underWay = run(program, version);
        const successor = await underWay;
        if (successor.pid === process.pid) {
          isBecoming = true;
          const becoming = parts.becomeProgram(program).finally(() => {
            isBecoming = false;
          });
          letGo("hand-over", becoming);
        } else {
          hasLeft = true;
          parts.leave(successor);
        }
        return successor;
      } finally {
        isBusy = false;
      }
    },
    /** The daemon stops: a hand-over that is under way is called off, and none is begun any more. It never rejects. */
    async callOff(): Promise<void> {
      isOver = true;
      attempt?.calledOff.resolve(STOPS);
      if (underWay !== undefined) await settlesWithin(underWay, TAKES_OVER_WITHIN_MS);
    },
    /** The successor has loaded and asks for the work. @throws Failure `handover-failed` for anybody else. */
    async letGo(claim: Claim): Promise<void> {
      const current = recognize(claim);
      if (current.freezing !== undefined) throw failed("this daemon has let go already", "start the daemon anew");
      if (parts.keepsNumber && claim.canReplace === true) {
        current.rehearsed.resolve();
        // It is not to go any further, and is ended.
        return await new Promise<never>(() => undefined);
      }
      current.freezing = parts.freeze();
      await current.freezing;
    },
    /** The successor serves. @throws Failure `handover-failed` for anybody else. */
    taken(claim: Claim): void {
      const current = recognize(claim);
      if (current.freezing === undefined) throw failed("this daemon has not let go yet", "ask for that first");
      current.taken.resolve();
    },
  };

  async function run(program: string, version: string): Promise<Successor> {
    const lent = parts.lend();
    try {
      return { pid: await replaceBy(program, lent), version };
    } finally {
      closeSockets(Object.values(lent.sockets).flat());
    }
  }

  /** @returns the number of the process that has taken over. */
  async function replaceBy(program: string, lent: Lent): Promise<number> {
    const token = crypto.randomUUID();
    const child = spawnCandidate(program, token, lent);
    const current: Attempt = {
      token,
      pid: child.pid,
      calledOff: Promise.withResolvers(),
      taken: Promise.withResolvers(),
      rehearsed: Promise.withResolvers(),
      freezing: undefined,
    };
    const enough = new AbortController();
    attempt = current;
    try {
      const outcome = await Promise.race([
        current.taken.promise.then(() => "taken" as const),
        current.rehearsed.promise.then(() => "rehearsed" as const),
        child.exited.then((code) => `it ended with code ${code}`),
        current.calledOff.promise,
        pause(TAKES_OVER_WITHIN_MS, enough.signal).then(
          () => `it did not take over within ${TAKES_OVER_WITHIN_MS / 1_000} s`,
        ),
      ]);
      if (outcome === "taken") {
        child.unref();
        return child.pid;
      }
      child.kill("SIGKILL");
      await child.exited;
      if (outcome === "rehearsed") return process.pid;
      if (current.freezing !== undefined) {
        // One step after the other, also where the successor died in the midst of it.
        await current.freezing.catch(() => undefined);
        await parts.resume(lent.sockets);
      }
      throw failed(`${program} did not take over: ${outcome}`, "the daemon's log says why; this one carries on");
    } finally {
      enough.abort();
      attempt = undefined;
    }
  }

  function spawnCandidate(program: string, token: string, { sockets, lock }: Lent) {
    const [first = [], ...others] = Object.values(sockets);
    const inherited = [...first, lock, ...others.flat()];
    // By their places there, which begin behind stderr.
    const numbers: Record<string, readonly number[]> = { [LOCK]: [INHERITED.lock] };
    for (const [name, own] of Object.entries(sockets)) {
      numbers[name] = own.map((descriptor) => INHERITED.listener + inherited.indexOf(descriptor));
    }
    try {
      return Bun.spawn([program, ...parts.arguments], {
        stdio: ["ignore", 1, 2, ...inherited],
        cwd: "/",
        detached: true,
        env: environmentOfSuccessor(parts.environment, token, numbers),
      });
    } catch (error) {
      throw failed(`${program} cannot be run: ${describeError(error)}`, "name an executable of this machine's kind");
    }
  }

  function recognize({ pid, token }: Claim): Attempt {
    if (attempt !== undefined && attempt.pid === pid && attempt.token === token) return attempt;
    throw failed("this process is not the one that was started to take over", "use: wpdaemon restart");
  }
}

/** A program that does not say that it is one of us never gets a descriptor. @throws Failure `handover-failed`. */
async function askVersion(program: string, environment: Environment): Promise<string> {
  const child = spawnForVersion(program, environment);
  // Both, for another process may keep its output open after its end.
  const answer = Promise.all([child.stdout.text(), child.exited]);
  if (!(await settlesWithin(answer, PROVES_ITSELF_WITHIN_MS))) {
    child.kill("SIGKILL");
    const seconds = PROVES_ITSELF_WITHIN_MS / 1_000;
    throw failed(
      `${program} did not tell its version within ${seconds} s`,
      "on a busy machine ask again later; else install it anew. This daemon carries on",
    );
  }
  const [said, code] = await answer;
  const version = /^WpDaemon version (\S{1,40}) /.exec(said)?.[1];
  if (version !== undefined && code === 0) return version;
  throw failed(`${program} is not a wpdaemon that works on this machine`, "install it anew; this daemon carries on");
}

function spawnForVersion(program: string, environment: Environment) {
  try {
    return Bun.spawn([program, "--version"], {
      stdio: ["ignore", "pipe", "ignore"],
      // Bun does not start in a folder that is gone, and ours may be.
      cwd: "/",
      env: { ...environment },
    });
  } catch (error) {
    throw failed(`${program} cannot be run: ${describeError(error)}`, "name an executable of this machine's kind");
  }
}

function failed(message: string, hint: string): Failure {
  return new Failure("handover-failed", message, { hint });
}
