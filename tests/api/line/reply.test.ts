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
import { IDLE, RUNNING } from "./sample-status.ts";

const CHILD = { config: "us.conf", pid: 4242, log_file: "/logs/1_us.log" };

test("result is null exactly when error is a string", () => {
  expect(formatReply("state", { running: false })).toBe('{"CMD":"state","result":{"running":false},"error":null}');
  expect(formatError("", "Unknown command: ")).toBe('{"CMD":"","result":null,"error":"Unknown command: "}');
});

test("the results of spin_up and spin_down have the fields that the predecessors gave", () => {
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
  expect(describeState(late)).toEqual({ running: true, ...CHILD, ready: false, health: "healthy" });
});

test("a spin_up that joined a recovery whose child does not accept yet says so too", () => {
  const recovering = { ...RUNNING, state: "recovering" as const, ready: false };
  expect(describeStarted(recovering)).toEqual({ status: "running", ...CHILD, ready: false });
});

describe("state", () => {
  const NOTHING = { running: false, config: null, pid: null };

  test("`state` tells the health besides while a tunnel runs", () => {
    expect(describeState(RUNNING)).toEqual({ running: true, ...CHILD, health: "healthy" });
  });

  test("a start counts as running once its child exists", () => {
    const child = { running: true, ...CHILD, health: "healthy" };
    expect(describeState({ ...RUNNING, state: "starting", ready: false })).toEqual(child);
    expect(describeState({ ...IDLE, state: "starting" })).toMatchObject(NOTHING);
  });

  test("a stop counts as not running while its child still lives", () => {
    expect(describeState({ ...RUNNING, state: "stopping" })).toEqual({
      ...NOTHING,
      log_file: "/logs/1_us.log",
      health: "healthy",
    });
  });

  test("a recovery counts as not running until its child accepts, whether that exists or not", () => {
    const down = { health: "down", reason: "being brought up again", action: null } as const;
    for (const pid of [null, 4242]) {
      expect(describeState({ ...RUNNING, state: "recovering", ready: false, pid, ...down })).toEqual({
        ...NOTHING,
        log_file: "/logs/1_us.log",
        health: "down",
      });
    }
  });

  test("what was given up does not run, and its last log is told", () => {
    expect(describeState({ ...IDLE, state: "failed" })).toMatchObject({ ...NOTHING, log_file: "/logs/1_us.log" });
  });

  test("`state` keeps the last log while idle, and null before the first", () => {
    expect(describeState(IDLE)).toEqual({ ...NOTHING, log_file: "/logs/1_us.log", health: "idle" });
    expect(describeState(undefined)).toEqual({ ...NOTHING, log_file: null, health: "idle" });
  });
});

describe("error texts", () => {
  test.each(["config-not-found", "already-running", "start-failed", "not-running"] as const)(
    "%s goes out word for word, without its hint",
    (code) => {
      expect(describeFailure("spin_up", new Failure(code, "The text", { hint: "a hint" }))).toBe("The text");
    },
  );

  test("everything else gets the prefix of its command, and keeps its hint", () => {
    const taken = new Failure("address-in-use", "127.0.0.1:1 is taken", { hint: "stop it" });
    expect(describeFailure("spin_up", taken)).toBe("Exception during spin_up: 127.0.0.1:1 is taken (stop it)");
    expect(describeFailure("spin_down", new Error("no"))).toBe("Failed to stop WireProxy: no");
    expect(describeFailure("available_confs", "odd")).toBe("Exception during available_confs: odd");
  });
});
