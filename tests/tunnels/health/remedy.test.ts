import { describe, expect, test } from "bun:test";
import type { Remedy, Trouble } from "../../../src/tunnels/health/remedy.ts";
import type { Cause } from "../../../src/tunnels/health/signal.ts";
import { UNANSWERED } from "../../../src/tunnels/health/signals/handshakes.ts";
import { PROBE_FAILED } from "../../../src/tunnels/health/signals/probes.ts";
import { DEAD, NOT_ACCEPTING } from "../../../src/tunnels/health/signals/process.ts";
import { NO_NETWORK, SEND_FAILURES } from "../../../src/tunnels/health/signals/sending.ts";
import { SILENT } from "../../../src/tunnels/health/signals/silence.ts";

const CAUSES = {
  dead: DEAD,
  "not-accepting": NOT_ACCEPTING,
  "send-failures": SEND_FAILURES,
  "no-network": NO_NETWORK,
  unanswered: UNANSWERED,
  silent: SILENT,
  "probe-failed": PROBE_FAILED,
} satisfies { readonly [name: string]: Cause };

interface Row extends Partial<Trouble> {
  readonly cause: keyof typeof CAUSES;
  readonly remedy: Remedy;
}

/** What every row begins with: a trouble that has lasted for long and gives no reason to do anything. */
const LONG: Trouble = {
  health: "down",
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
    { cause: "dead", hasFailover: true, moved: true, handshakeAge: 1e9, remedy: "wait" },
    { cause: "no-network", hasFailover: true, moved: true, handshakeAge: 1e9, remedy: "wait" },
  ]);
});

describe("a socket that cannot send is stuck 3 s after the network has come back", () => {
  check([
    { cause: "send-failures", sinceNetworkChange: 2_999, remedy: "wait" },
    { cause: "send-failures", sinceNetworkChange: 3_000, remedy: "restart" },
    { cause: "send-failures", sinceNetworkChange: Number.POSITIVE_INFINITY, remedy: "restart" },
    { cause: "send-failures", restarted: true, remedy: "wait" },
  ]);
});

describe("a process that does not answer hangs after 30 s", () => {
  check([
    { cause: "not-accepting", lasting: 29_999, remedy: "wait" },
    { cause: "not-accepting", lasting: 30_000, remedy: "restart" },
  ]);
});

describe("a peer that has moved is followed once it is down for want of answered handshakes, and for nothing less", () => {
  check([
    { cause: "unanswered", moved: true, lasting: 0, remedy: "restart" },
    { cause: "unanswered", moved: true, lasting: 0, hasFailover: true, remedy: "restart" },
    { cause: "unanswered", moved: true, lasting: 0, health: "degraded", hasFailover: true, remedy: "wait" },
    { cause: "silent", moved: true, lasting: 0, remedy: "wait" },
    { cause: "probe-failed", moved: true, lasting: 0, remedy: "wait" },
  ]);
});

describe("a peer that is out of reach for 25 s is left for the next of the list", () => {
  check(
    UNREACHABLE.flatMap((cause) => [
      { cause, hasFailover: true, lasting: 24_999, remedy: "wait" as const },
      { cause, hasFailover: true, lasting: 25_000, remedy: "failover" as const },
      { cause, hasFailover: true, lasting: 25_000, restarted: true, remedy: "failover" as const },
      { cause, hasFailover: true, lasting: 25_000, health: "degraded" as const, remedy: "wait" as const },
    ]),
  );
});

describe("without a list it is waited for, for a restart would only break what survives", () => {
  check([
    ...UNREACHABLE.map((cause) => ({ cause, remedy: "wait" as const })),
    ...UNREACHABLE.map((cause) => ({ cause, handshakeAge: 180_000, remedy: "wait" as const })),
    { cause: "silent", handshakeAge: 180_001, remedy: "wait" },
    { cause: "probe-failed", handshakeAge: 180_001, remedy: "wait" },
  ]);
});

describe("once its keys are worth nothing, an unanswered one gets one new socket", () => {
  check([
    { cause: "unanswered", handshakeAge: 180_001, remedy: "restart" },
    { cause: "unanswered", handshakeAge: 180_001, restarted: true, remedy: "wait" },
    { cause: "unanswered", handshakeAge: 180_001, health: "degraded", remedy: "wait" },
  ]);
});

function check(rows: readonly Row[]): void {
  test.each(rows.map((row) => [describeRow(row), row] as const))("%s", (_, { cause, remedy, ...trouble }) => {
    expect(CAUSES[cause].remedy({ ...LONG, ...trouble })).toBe(remedy);
  });
}

function describeRow({ cause, health = "down", remedy, ...facts }: Row): string {
  const shown = Object.entries(facts).map(([name, value]) => `${name} ${value}`);
  return `${[cause, health, ...shown].join(", ")}: ${remedy}`;
}
