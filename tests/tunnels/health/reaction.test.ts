import { describe, expect, test } from "bun:test";
import { decideReaction, type Reaction, type Trouble } from "../../../src/tunnels/health/reaction.ts";
import type { Cause } from "../../../src/tunnels/health/verdict.ts";
import type { Health } from "../../../src/tunnels/life/tunnel-status.ts";

interface Row extends Partial<Omit<Trouble, "verdict">> {
  readonly cause: Cause;
  readonly health?: Health;
  readonly reaction: Reaction;
}

/** What every row begins with: a trouble that has lasted for long and gives no reason to do anything. */
const LONG: Omit<Trouble, "verdict"> = {
  lasting: 1e9,
  sinceNetworkChange: 1e9,
  handshakeAge: null,
  restarted: false,
  moved: false,
  hasFailover: false,
};

const UNREACHABLE = ["silent", "unanswered", "probe-failed"] as const;

describe("what a restart cannot mend is waited for", () => {
  check([
    { cause: "none", health: "healthy", hasFailover: true, moved: true, handshakeAge: 1e9, reaction: "wait" },
    { cause: "dead", hasFailover: true, moved: true, handshakeAge: 1e9, reaction: "wait" },
    { cause: "no-network", hasFailover: true, moved: true, handshakeAge: 1e9, reaction: "wait" },
  ]);
});

describe("a socket that cannot send is stuck 3 s after the network has come back", () => {
  check([
    { cause: "send-failures", sinceNetworkChange: 2_999, reaction: "wait" },
    { cause: "send-failures", sinceNetworkChange: 3_000, reaction: "restart" },
    { cause: "send-failures", sinceNetworkChange: Number.POSITIVE_INFINITY, reaction: "restart" },
    { cause: "send-failures", restarted: true, reaction: "wait" },
  ]);
});

describe("a process that does not answer hangs after 30 s", () => {
  check([
    { cause: "not-accepting", lasting: 29_999, reaction: "wait" },
    { cause: "not-accepting", lasting: 30_000, reaction: "restart" },
  ]);
});

describe("a peer that has moved is followed at once", () => {
  check(
    UNREACHABLE.flatMap((cause) => [
      { cause, moved: true, lasting: 0, reaction: "restart" as const },
      { cause, moved: true, lasting: 0, health: "degraded" as const, hasFailover: true, reaction: "restart" as const },
    ]),
  );
});

describe("a peer that is out of reach for 25 s is left for the next of the list", () => {
  check(
    UNREACHABLE.flatMap((cause) => [
      { cause, hasFailover: true, lasting: 24_999, reaction: "wait" as const },
      { cause, hasFailover: true, lasting: 25_000, reaction: "failover" as const },
      { cause, hasFailover: true, lasting: 25_000, restarted: true, reaction: "failover" as const },
      { cause, hasFailover: true, lasting: 25_000, health: "degraded" as const, reaction: "wait" as const },
    ]),
  );
});

describe("without a list it is waited for, for a restart would only break what survives", () => {
  check([
    ...UNREACHABLE.map((cause) => ({ cause, reaction: "wait" as const })),
    ...UNREACHABLE.map((cause) => ({ cause, handshakeAge: 180_000, reaction: "wait" as const })),
    { cause: "silent", handshakeAge: 180_001, reaction: "wait" },
    { cause: "probe-failed", handshakeAge: 180_001, reaction: "wait" },
  ]);
});

describe("once its keys are worth nothing, an unanswered one gets one new socket", () => {
  check([
    { cause: "unanswered", handshakeAge: 180_001, reaction: "restart" },
    { cause: "unanswered", handshakeAge: 180_001, restarted: true, reaction: "wait" },
    { cause: "unanswered", handshakeAge: 180_001, health: "degraded", reaction: "wait" },
  ]);
});

function check(rows: readonly Row[]): void {
  test.each(rows.map((row) => [describeRow(row), row] as const))("%s", (_, { cause, health, reaction, ...facts }) => {
    const verdict = { cause, health: health ?? "down", reason: "", action: null, episodeSince: 0 };
    expect(decideReaction({ ...LONG, ...facts, verdict })).toBe(reaction);
  });
}

function describeRow({ cause, health = "down", reaction, ...facts }: Row): string {
  const shown = Object.entries(facts).map(([name, value]) => `${name} ${value}`);
  return `${[cause, health, ...shown].join(", ")}: ${reaction}`;
}
