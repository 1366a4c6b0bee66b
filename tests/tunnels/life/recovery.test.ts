import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { Failure } from "../../../src/platform/failure.ts";
import type { RunningTunnel } from "../../../src/tunnels/driver/driver.ts";
import { createFailoverOrder } from "../../../src/tunnels/life/failover-order.ts";
import { createRecovery } from "../../../src/tunnels/life/recovery.ts";
import { createRecoveryPlan } from "../../../src/tunnels/life/recovery-plan.ts";
import { advance, settled, turn } from "../../rig/event-loop.ts";
import { createFakeTunnel, type FakeTunnel } from "../fake-driver.ts";

const DEATH = { lived: 10, proven: false };

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe("the tries", () => {
  test("the tries of a recovery come at once, then after 1, 2, 5, 10 and 30 s, and end when the row is full", async () => {
    const { recovery, attempts, outcomes } = create();
    recovery.beginAfter(DEATH);
    await turn();
    expect(attempts.length).toBe(1);
    for (const [index, delay] of [1_000, 2_000, 5_000, 10_000, 30_000].entries()) {
      attempts.at(-1)?.refuse("no");
      await turn();
      jest.advanceTimersByTime(delay - 1);
      await turn();
      expect(attempts.length).toBe(index + 1);
      jest.advanceTimersByTime(1);
      await turn();
      expect(attempts.length).toBe(index + 2);
    }
    attempts.at(-1)?.refuse("no");
    await recovery.settled();
    expect([attempts.length, outcomes, jest.getTimerCount()]).toEqual([6, ["given up after 7"], 0]);
  });

  test("the tries of a recovery end with the first process that accepts", async () => {
    const { recovery, attempts, outcomes } = create();
    recovery.beginAfter(DEATH);
    await turn();
    const running = attempts[0]?.succeed();
    await turn();
    expect(outcomes).toEqual([]);
    running?.becomeReady();
    await recovery.settled();
    expect([attempts.length, outcomes, jest.getTimerCount()]).toEqual([1, ["ready"], 0]);
  });

  test("go on after a process that dies before it accepts, or in the same moment", async () => {
    const { recovery, attempts, outcomes } = create();
    recovery.beginAfter(DEATH);
    await turn();
    attempts[0]?.succeed().end("died-during-startup");
    await advance(1_000);
    const brief = attempts[1]?.succeed();
    brief?.becomeReady();
    brief?.vanish();
    await advance(2_000);
    expect([attempts.length, outcomes]).toEqual([3, []]);
  });

  test("a process that has not accepted after 20 s is ended, and another one tried", async () => {
    const { recovery, attempts } = create();
    recovery.beginAfter(DEATH);
    await turn();
    const running = attempts[0]?.succeed();
    await advance(19_999);
    expect(running?.stops).toEqual([]);
    await advance(1);
    expect(running?.stops).toEqual(["died-during-startup"]);
    await advance(1_000);
    expect(attempts.length).toBe(2);
  });

  test("one that cannot even be ended counts as a death like any other", async () => {
    const { recovery, attempts } = create();
    recovery.beginAfter(DEATH);
    await turn();
    attempts[0]?.succeed().stopWith(() => Promise.reject(new Failure("stop-failed", "it hangs")));
    await advance(20_000);
    expect(recovery.lastFailure()?.code).toBe("stop-failed");
    await advance(1_000);
    expect(attempts.length).toBe(2);
  });

  test("the tries of a recovery wait for the end of the process that is replaced", async () => {
    const { recovery, attempts } = create();
    const gone = Promise.withResolvers<void>();
    recovery.begin(gone.promise);
    await turn();
    expect(attempts.length).toBe(0);
    gone.resolve();
    await turn();
    expect(attempts.length).toBe(1);
  });
});

describe("a retry at once", () => {
  test("a retry at once begins at once the try that is waited for, and leaves no timer", async () => {
    const { recovery, attempts } = create();
    recovery.beginAfter(DEATH);
    await turn();
    attempts[0]?.refuse("no");
    await turn();
    recovery.retryNow();
    await turn();
    expect(attempts.length).toBe(2);
    attempts[1]?.succeed().becomeReady();
    await recovery.settled();
    expect(jest.getTimerCount()).toBe(0);
  });

  test("a retry at once does not shorten the wait after that", async () => {
    const { recovery, attempts } = create();
    recovery.beginAfter(DEATH);
    await turn();
    attempts[0]?.refuse("no");
    await turn();
    recovery.retryNow();
    await turn();
    attempts[1]?.refuse("no");
    await advance(1_999);
    expect(attempts.length).toBe(2);
    await advance(1);
    expect(attempts.length).toBe(3);
  });

  test("a retry at once while nothing is waited for does nothing", () => {
    const { recovery, attempts } = create();
    recovery.retryNow();
    expect(attempts).toEqual([]);
  });
});

describe("a cancellation", () => {
  test("a cancellation ends the wait, without a timer or an outcome", async () => {
    const { recovery, attempts, outcomes } = create();
    recovery.beginAfter(DEATH);
    await turn();
    attempts[0]?.refuse("no");
    await turn();
    const over = recovery.settled();
    expect(await settled(over)).toBe(false);
    recovery.cancel();
    await over;
    expect([attempts.length, outcomes, jest.getTimerCount()]).toEqual([1, [], 0]);
  });

  test("a cancellation tells a launch that is under way, and leaves a process that exists to the caller", async () => {
    const { recovery, attempts, outcomes } = create();
    recovery.beginAfter(DEATH);
    await turn();
    const running = attempts[0]?.succeed();
    await turn();
    recovery.cancel();
    await recovery.settled();
    expect(attempts[0]?.signal.aborted).toBe(true);
    expect([running?.stops, outcomes]).toEqual([[], []]);
  });

  test("a cancellation does not reach the next recovery", async () => {
    const { recovery, attempts } = create();
    recovery.beginAfter(DEATH);
    recovery.cancel();
    await turn();
    attempts[0]?.refuse("stopped");
    await recovery.settled();
    recovery.begin();
    await turn();
    expect(attempts.at(-1)?.signal.aborted).toBe(false);
  });
});

describe("what settled() waits for", () => {
  test("what settled() waits for is nothing where no recovery is under way", async () => {
    expect(await settled(create().recovery.settled())).toBe(true);
  });

  test("what settled() waits for is the next recovery, where that begins with the end of the former one", async () => {
    const { recovery, attempts, whenReady } = create();
    whenReady(() => recovery.begin());
    recovery.begin();
    await turn();
    attempts[0]?.succeed().becomeReady();
    await turn();
    expect(attempts.length).toBe(2);
    expect(await settled(recovery.settled())).toBe(false);
  });
});

test("the last failure is that of the launch, until one succeeds", async () => {
  const { recovery, attempts } = create();
  expect(recovery.lastFailure()).toBeUndefined();
  recovery.beginAfter(DEATH);
  await turn();
  attempts[0]?.refuse("the port is taken");
  await advance(1_000);
  expect(recovery.lastFailure()?.message).toBe("the port is taken");
  attempts[1]?.succeed();
  await turn();
  expect(recovery.lastFailure()).toBeUndefined();
});

test("one whose peer's name cannot be looked up is tried for as long as it takes: the network may be there any time", async () => {
  const { recovery, attempts, outcomes, failures } = create();
  recovery.begin();
  const unknown = new Failure("name-unknown", "no such host");
  for (const delay of [0, 1_000, 2_000, 5_000, 10_000, 30_000, 30_000, 30_000, 30_000, 30_000]) {
    await advance(delay);
    attempts.at(-1)?.refuse("no", unknown);
  }
  await advance(30_000);
  attempts.at(-1)?.succeed().becomeReady();
  await turn();
  expect([outcomes, failures.length, attempts.length]).toEqual([["ready"], 10, 11]);
});

interface Attempt {
  readonly signal: AbortSignal;
  succeed(): FakeTunnel;
  refuse(why: string, cause?: Failure): void;
}

function create() {
  const attempts: Attempt[] = [];
  const outcomes: string[] = [];
  const failures: string[] = [];
  let afterReady = () => {};
  const recovery = createRecovery({
    part: "tunnel",
    onFault: () => undefined,
    launch(signal) {
      const { promise, resolve, reject } = Promise.withResolvers<RunningTunnel>();
      attempts.push({
        signal,
        succeed() {
          const running = createFakeTunnel();
          resolve(running);
          return running;
        },
        refuse: (why, cause) => reject(new Failure("start-failed", why, { cause })),
      });
      return promise;
    },
    plan: createRecoveryPlan(() => 0.5),
    failoverOrder: createFailoverOrder([]),
    onReady() {
      outcomes.push("ready");
      afterReady();
    },
    onFailed: (failure) => void failures.push(failure.message),
    onGivenUp: (deaths) => void outcomes.push(`given up after ${deaths}`),
  });
  return {
    recovery,
    attempts,
    outcomes,
    failures,
    whenReady(action: () => void) {
      afterReady = action;
    },
  };
}
