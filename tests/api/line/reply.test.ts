import { describe, expect, test } from "bun:test";
import {
  describeFailure,
  describeStarted,
  describeState,
  describeStopped,
  formatError,
  formatReply,
} from "../../../src/api/line/reply.ts";
import { Failure } from "../../../src/platform/failure.ts";
import type { TunnelStatus } from "../../../src/tunnels/tunnel.ts";

const RUNNING: TunnelStatus = {
  config: "us.conf",
  state: "running",
  ready: true,
  pid: 4242,
  logFile: "/logs/1_us.log",
  startedAt: 1_767_225_600_000,
};
const IDLE: TunnelStatus = { ...RUNNING, state: "idle", ready: false, pid: null, startedAt: null };
const CHILD = { config: "us.conf", pid: 4242, log_file: "/logs/1_us.log" };

test("section 3.2: result is null exactly when error is a string", () => {
  expect(formatReply("state", { running: false })).toBe('{"CMD":"state","result":{"running":false},"error":null}');
  expect(formatError("", "Unknown command: ")).toBe('{"CMD":"","result":null,"error":"Unknown command: "}');
});

test("section 3.3: spin_up and spin_down", () => {
  expect(describeStarted(RUNNING)).toEqual({ status: "running", ...CHILD });
  expect(describeStopped(IDLE)).toEqual({
    status: "stopped",
    previous_config: "us.conf",
    log_file: "/logs/1_us.log",
  });
});

test("a tunnel that runs but does not accept yet says so, with one member more", () => {
  const late = { ...RUNNING, ready: false };
  expect(describeStarted(late)).toEqual({ status: "running", ...CHILD, ready: false });
  expect(describeState(late)).toEqual({ running: true, ...CHILD, ready: false });
});

describe("state", () => {
  const NOTHING = { running: false, config: null, pid: null };

  test("section 3.3: while running", () => {
    expect(describeState(RUNNING)).toEqual({ running: true, ...CHILD });
  });

  test("section 4.3: a start counts as running once its child exists", () => {
    expect(describeState({ ...RUNNING, state: "starting", ready: false })).toEqual({ running: true, ...CHILD });
    expect(describeState({ ...IDLE, state: "starting" })).toMatchObject(NOTHING);
  });

  test("section 4.3: a stop counts as not running while its child still lives", () => {
    expect(describeState({ ...RUNNING, state: "stopping" })).toEqual({ ...NOTHING, log_file: "/logs/1_us.log" });
  });

  test("row 28: while idle it keeps the last log, and null before the first", () => {
    expect(describeState(IDLE)).toEqual({ ...NOTHING, log_file: "/logs/1_us.log" });
    expect(describeState(undefined)).toEqual({ ...NOTHING, log_file: null });
  });
});

describe("section 3.5: error texts", () => {
  test.each(["config-not-found", "already-running", "start-failed", "not-running"] as const)(
    "%s goes out word for word, without its hint",
    (code) => {
      expect(describeFailure("spin_up", new Failure(code, "The text", { hint: "a hint" }))).toBe("The text");
    },
  );

  test("rows 30 and 31: everything else gets the prefix of its command, and keeps its hint", () => {
    const taken = new Failure("address-in-use", "127.0.0.1:1 is taken", { hint: "stop it" });
    expect(describeFailure("spin_up", taken)).toBe("Exception during spin_up: 127.0.0.1:1 is taken (stop it)");
    expect(describeFailure("spin_down", new Error("no"))).toBe("Failed to stop WireProxy: no");
    expect(describeFailure("available_confs", "odd")).toBe("Exception during available_confs: odd");
  });
});
