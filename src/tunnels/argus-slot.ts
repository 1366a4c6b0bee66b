import { Failure } from "../platform/failure.ts";
import { settlesWithin } from "../platform/waiting.ts";
import { createIdleAnswers } from "./idle-answers.ts";
import { alreadyRunning, startFailed } from "./life/life.ts";
import { isAtRest } from "./life/state-machine.ts";
import type { TunnelStatus } from "./life/status.ts";
import type { Tunnel } from "./life/tunnel.ts";
import type { TunnelManager } from "./manager.ts";

/** A client gives every exchange 5 s; what we promise leaves before 4.5 (docs/protocols/line.md, Timing). */
const ANSWER_WITHIN_MS = 4_400;
/** A start that waits for no stop is reported after this time at the latest, ready or not. */
const START_WITHIN_MS = 3_500;
/** What a stop takes at most. */
const STOP_WITHIN_MS = 3_500;
/** How long `state` waits for a stop that is almost over: most take 3 ms, and no answer may take 100. */
const STOP_GRACE_MS = 50;
/** A client that saw its tunnel die asks for it within this time, though it may be back by then. */
const JUST_RECOVERED_MS = 10_000;

export type ArgusSlot = ReturnType<typeof createArgusSlot>;

/**
 * The one tunnel at a time that Argus and the predecessors' users know: what `spin_up`, `spin_down` and `state` mean
 * while it starts, stops and recovers (docs/protocols/line.md, The slot). It always listens where its config says. A
 * tunnel that was brought up beside it and listens at its own address is taken for it while the slot is empty.
 * @param former config that was in the slot of the daemon before.
 */
export function createArgusSlot(manager: TunnelManager, former?: string) {
  const idleAnswers = createIdleAnswers();
  let chosen: Tunnel | undefined = manager.list().find((tunnel) => tunnel.config === former);
  /** A tunnel is on its way to its config's address; whoever asks for the slot waits for that. */
  let moving: Promise<void> | undefined;

  return {
    /**
     * A request for what runs already is refused, unless it comes from a client that was told a moment ago that nothing
     * runs, or the tunnel has just recovered: that one joins.
     * @throws Failure as `TunnelManager.open` and `Tunnel.start`; `already-running` while another tunnel is in the slot.
     */
    async spinUp(name: string): Promise<TunnelStatus> {
      const wasToldOfNone = idleAnswers.claim();
      const answerBy = performance.now() + ANSWER_WITHIN_MS;
      const found = find();
      if (found?.status().state === "stopping") await settlesWithin(found.stopped(), ANSWER_WITHIN_MS);
      await found?.noticeDeath();
      while (moving !== undefined) {
        if (!(await settlesWithin(moving, answerBy - performance.now())))
          throw startFailed(find()?.status().log ?? null);
      }
      // Asked anew: another client may have taken the slot meanwhile. From here to the start, only a stop is waited for,
      // and a slot that stops counts as taken.
      const current = find();
      const state = current?.status().state;
      if (current !== undefined && state !== undefined && !isAtRest(state)) {
        if (state === "stopping") throw alreadyRunning(current.config);
        const mayJoin = wasToldOfNone || current.sinceRecovery() < JUST_RECOVERED_MS;
        if (state === "running" && !mayJoin) throw alreadyRunning(current.config);
        const wanted = manager.open(name);
        if (current === wanted && state === "running") return wanted.status();
        // `state` calls a tunnel that is being recovered "not running", so another one may take its place.
        if (current !== wanted && state !== "recovering") throw alreadyRunning(current.config);
        if (current !== wanted) await current.stop();
      }
      const wanted = manager.open(name);
      const startBy = () => Math.min(answerBy, performance.now() + START_WITHIN_MS);
      const starting = isElsewhere(wanted) ? moveHome(wanted, startBy) : wanted.start(startBy(), { kind: "own" });
      const replaced = chosen;
      chosen = wanted;
      // A tunnel that was given up would otherwise come back beside this one.
      if (replaced !== chosen && replaced?.status().state === "failed") await replaced.stop();
      const started = await starting;
      idleAnswers.renew();
      return started;
    },
    /** @throws Failure as `Tunnel.stop`. */
    async spinDown(): Promise<TunnelStatus> {
      if (moving !== undefined) await settlesWithin(moving, ANSWER_WITHIN_MS - STOP_WITHIN_MS);
      const current = find();
      if (current === undefined) throw new Failure("not-running", "WireProxy is not running");
      await current.noticeDeath();
      const { state } = current.status();
      const stopped = await current.stop();
      // As `state` has told; a recovery that was under way, or given up, has ended all the same.
      if (state === "failed" || state === "recovering") throw new Failure("not-running", "WireProxy is not running");
      return stopped;
    },
    /** Undefined while nothing was ever in the slot; it waits only for the last moments of a stop. */
    async status(): Promise<TunnelStatus | undefined> {
      const current = find();
      if (current?.status().state === "stopping") await settlesWithin(current.stopped(), STOP_GRACE_MS);
      await current?.noticeDeath();
      const status = current?.status();
      if (status?.state !== "running" && status?.state !== "starting") idleAnswers.remember();
      return status;
    },
    /** Config, with suffix, of the tunnel that `status` speaks of. */
    occupant: (): string | undefined => find()?.config,
  };

  /** Whatever listens elsewhere is not in the slot: Argus would find somebody else at its port. */
  function find(): Tunnel | undefined {
    if (chosen !== undefined && isAtHome(chosen)) return chosen;
    const atHome = manager.list().find(isAtHome);
    return atHome ?? (chosen !== undefined && isElsewhere(chosen) ? undefined : chosen);
  }

  /**
   * Has a tunnel that listens elsewhere listen at its config's address, and keeps the port where others know it besides.
   * Two processes with one key would take each other's peer away, so the one is stopped before the other starts; but not
   * for an address that somebody else has.
   */
  async function moveHome(tunnel: Tunnel, startBy: () => number): Promise<TunnelStatus> {
    const moved = Promise.withResolvers<void>();
    moving = moved.promise;
    const letOthersAsk = () => {
      if (moving === moved.promise) moving = undefined;
      moved.resolve();
    };
    try {
      // Only one that has come up shows where it listens.
      if (tunnel.status().state === "starting") await tunnel.start(startBy(), { kind: "any" }).catch(() => undefined);
      const placement = tunnel.placement();
      if (isElsewhere(tunnel)) {
        await manager.checkOwnAddresses(tunnel.config);
        await tunnel.stop();
      }
      const alsoOn = placement.kind === "port" ? placement.socks : undefined;
      const starting = tunnel.start(startBy(), { kind: "own", alsoOn });
      // The slot is taken, before the start has come to its end.
      letOthersAsk();
      return await starting;
    } finally {
      letOthersAsk();
    }
  }
}

/** Whether it is up, or being brought up, where its config says. */
function isAtHome(tunnel: Tunnel): boolean {
  return !isAtRest(tunnel.status().state) && tunnel.placement().kind === "own";
}

function isElsewhere(tunnel: Tunnel): boolean {
  return !isAtRest(tunnel.status().state) && tunnel.placement().kind !== "own";
}
