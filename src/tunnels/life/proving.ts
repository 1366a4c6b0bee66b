import { Failure } from "../../platform/failure.ts";
import { escapeControls } from "../../platform/plain-text.ts";
import { pause, settlesWithin } from "../../platform/waiting.ts";
import { HEALTH_LIMITS } from "../health/thresholds.ts";
import type { Life } from "./life.ts";
import type { TunnelStatus } from "./status.ts";

/** Pauses between two looks, in milliseconds, the last of them again and again; a peer near by answers at once. */
const PAUSES = [10, 20, 50, 100, 250, 500];
/** A look at a child near by takes less; the last one is not cut short before it has shown anything. */
const MINIMAL_LOOK_MS = 100;
/** What is asked for while a child has only begun to listen may be lost. */
const PROVOKE_EVERY_MS = 1_000;

/**
 * Has a tunnel that is up show that its peer answers: a handshake is provoked where none was seen.
 * @param answerBy a time of `performance.now()`.
 * @throws Failure `timed-out` with what is missing, `not-running`.
 */
export async function prove(life: Life, answerBy: number, now: () => number): Promise<TunnelStatus> {
  let provokedAt = Number.NEGATIVE_INFINITY;
  for (let round = 0; ; round += 1) {
    const { running, isReady } = life.run;
    if (running === undefined) throw new Failure("not-running", `${life.status().name} is not up`);
    // A look may have a probe to wait for.
    await settlesWithin(life.look(), Math.max(MINIMAL_LOOK_MS, answerBy - performance.now()));
    const status = life.status();
    if (isProven(status)) return status;
    if (isReady && performance.now() - provokedAt >= PROVOKE_EVERY_MS) {
      provokedAt = performance.now();
      if (!(await running.provoke())) return status;
      continue;
    }
    // One that goes on trying to reach its peer has been waited for already.
    const isAway = running.reconnects && !isReady;
    if (isAway || performance.now() >= answerBy) throw unproven(status);
    await pause(PAUSES[round] ?? 500);
  }

  function isProven({ health }: TunnelStatus): boolean {
    const handshakeAt = life.handshakeAt();
    const hasSession = handshakeAt !== null && now() - handshakeAt < HEALTH_LIMITS.sessionLife;
    return health === "healthy" || (health !== "down" && hasSession && life.run.isReady);
  }
}

function unproven({ name, health, reason, action }: TunnelStatus): Failure {
  const why = health === "idle" ? "its peer has not answered" : reason;
  return new Failure("timed-out", `${name} does not carry: ${escapeControls(why)}`, {
    hint: action ?? "check the endpoint and the keys in its config; it goes on trying until it is taken down",
  });
}
