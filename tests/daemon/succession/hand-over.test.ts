import { afterEach, describe, expect, jest, test } from "bun:test";
import { rmSync } from "node:fs";
import { identifyProcess } from "../../../src/platform/process/process-identity.ts";
import { settled, turn } from "../../rig/event-loop.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { createHandOverRig, HANGS, LEAVES, LEAVES_SOMEBODY, STAYS, VERSION } from "./candidate.ts";

afterEach(() => void jest.useRealTimers());

describe("a candidate that does the right thing", () => {
  test("a candidate that does the right thing gets the work: it proves itself, asks, and serves; then we leave", async () => {
    await using rig = createHandOverRig(VERSION, STAYS);
    const handing = rig.handOver.begin(rig.program);
    const candidate = await rig.report();
    expect(rig.calls).toEqual(["lend"]);
    await rig.handOver.letGo(candidate);
    expect([rig.calls, await settled(handing)]).toEqual([["lend", "freeze"], false]);
    rig.handOver.taken(candidate);
    expect(await handing).toEqual({ pid: candidate.pid, version: "9.9.9" });
    expect(rig.calls).toEqual(["lend", "freeze", "leave true 9.9.9"]);
    expect([rig.isLent(), identifyProcess(candidate.pid) !== undefined]).toEqual([false, true]);
  });

  test("a candidate that does the right thing gets the socket and the lock, our words and environment, and a token of its own", async () => {
    await using rig = createHandOverRig(VERSION, STAYS);
    const handing = rig.handOver.begin(rig.program);
    const candidate = await rig.report();
    expect(candidate).toMatchObject({
      listener: "the listener",
      lock: "the lock",
      words: "--daemon -p 1234",
      own: "yes",
      collector: "1",
    });
    expect(candidate.token).toMatch(/^[0-9a-f-]{36}$/);
    await rig.handOver.letGo(candidate);
    rig.handOver.taken(candidate);
    await handing;
  });
});

describe("a daemon that keeps its number", () => {
  test("a daemon that keeps its number ends a candidate that has shown that it could take over, and becomes its program", async () => {
    await using rig = createHandOverRig(VERSION, STAYS, { keepsNumber: true });
    const handing = rig.handOver.begin(rig.program);
    const candidate = await rig.report();
    const claiming = rig.handOver.letGo({ ...candidate, canReplace: true });
    expect(await handing).toEqual({ pid: process.pid, version: "9.9.9" });
    expect([rig.calls, rig.isLent(), identifyProcess(candidate.pid)]).toEqual([
      ["lend", "become true"],
      false,
      undefined,
    ]);
    expect(await settled(claiming)).toBe(false);
  });

  test("a daemon that keeps its number begins nothing else while it becomes a program, and may try again where that has failed", async () => {
    const failing = Promise.withResolvers<void>();
    await using rig = createHandOverRig(VERSION, STAYS, { keepsNumber: true, becomeProgram: () => failing.promise });
    const handing = rig.handOver.begin(rig.program);
    void rig.handOver.letGo({ ...(await rig.report()), canReplace: true });
    await handing;
    expect((await rejectionOf(rig.handOver.begin(rig.program))).message).toBe("another hand-over is under way");
    failing.resolve();
    await turn();
    expect((await rejectionOf(rig.handOver.begin("/dev/null"))).message).toContain("/dev/null cannot be run");
  });

  test("a daemon that keeps its number gives the work to a candidate that cannot replace it: better another number than none", async () => {
    await using rig = createHandOverRig(VERSION, STAYS, { keepsNumber: true });
    const handing = rig.handOver.begin(rig.program);
    const candidate = await rig.report();
    await rig.handOver.letGo(candidate);
    rig.handOver.taken(candidate);
    expect(await handing).toEqual({ pid: candidate.pid, version: "9.9.9" });
    expect(rig.calls).toEqual(["lend", "freeze", "leave true 9.9.9"]);
  });
});

describe("a program that is none of us never gets a descriptor", () => {
  test.each([
    ["says something else", 'echo "wireproxy, version 1.1.3"'],
    ["says nothing", ":"],
    ["says the right thing and fails", `${VERSION}; exit 1`],
    ["says it somewhere in its words", `echo "I like WpDaemon version 9.9.9 (of a test)"`],
  ])("a program that is none of us never gets a descriptor: %s", async (_, version) => {
    await using rig = createHandOverRig(version, STAYS);
    const failure = await rejectionOf(rig.handOver.begin(rig.program));
    expect([failure.code, failure.message]).toEqual([
      "handover-failed",
      `${rig.program} is not a wpdaemon that works on this machine`,
    ]);
    expect(rig.calls).toEqual([]);
  });

  test("what is not there, or no program, never gets a descriptor", async () => {
    await using rig = createHandOverRig(VERSION, STAYS);
    for (const program of [`${rig.program}.missing`, "/dev/null"]) {
      const failure = await rejectionOf(rig.handOver.begin(program));
      expect([failure.code, failure.message]).toEqual([
        "handover-failed",
        expect.stringContaining(`${program} cannot be run`),
      ]);
    }
    expect(rig.calls).toEqual([]);
  });

  test.each([
    ["hangs", HANGS],
    ["leaves somebody behind who keeps its output open", LEAVES_SOMEBODY],
  ])(
    "a program that does not say what it is is given 15 s and no descriptor, and called slow and not wrong: %s",
    async (_, version) => {
      jest.useFakeTimers();
      await using rig = createHandOverRig(version, STAYS);
      const handing = rejectionOf(rig.handOver.begin(rig.program));
      await rig.report();
      jest.advanceTimersByTime(14_999);
      expect(await settled(handing)).toBe(false);
      jest.advanceTimersByTime(1);
      expect((await handing).message).toBe(`${rig.program} did not tell its version within 15 s`);
      expect(rig.calls).toEqual([]);
    },
  );

  test("a program that is none of us and hangs is ended", async () => {
    jest.useFakeTimers();
    await using rig = createHandOverRig(HANGS, STAYS);
    const handing = rejectionOf(rig.handOver.begin(rig.program));
    const { pid } = await rig.report();
    jest.advanceTimersByTime(15_000);
    await handing;
    while (identifyProcess(pid) !== undefined) await turn();
  });
});

describe("a candidate that fails", () => {
  test("a candidate that fails before it asked: nothing has changed, and this daemon carries on", async () => {
    await using rig = createHandOverRig(VERSION, "exit 3");
    const failure = await rejectionOf(rig.handOver.begin(rig.program));
    expect([failure.code, failure.message]).toEqual([
      "handover-failed",
      `${rig.program} did not take over: it ended with code 3`,
    ]);
    expect(rig.calls).toEqual(["lend"]);
  });

  test("a candidate that fails after we let go: we go on as if nothing had been", async () => {
    await using rig = createHandOverRig(VERSION, LEAVES);
    const handing = rejectionOf(rig.handOver.begin(rig.program));
    const candidate = await rig.report();
    await rig.handOver.letGo(candidate);
    rmSync(rig.reportFile);
    expect((await handing).message).toContain("it ended with code 3");
    expect(rig.calls).toEqual(["lend", "freeze", "resume true"]);
  });

  test("a candidate that fails while we let go: we let go to the end, and only then go on", async () => {
    const freezing = Promise.withResolvers<void>();
    await using rig = createHandOverRig(VERSION, LEAVES, { freeze: () => freezing.promise });
    const handing = rejectionOf(rig.handOver.begin(rig.program));
    const candidate = await rig.report();
    const lettingGo = rig.handOver.letGo(candidate);
    rmSync(rig.reportFile);
    while (identifyProcess(candidate.pid) !== undefined) await turn();
    for (let count = 0; count < 10; count++) await turn();
    expect(rig.calls).toEqual(["lend"]);
    freezing.resolve();
    await Promise.all([lettingGo, handing]);
    expect(rig.calls).toEqual(["lend", "resume true"]);
  });

  test("a candidate that fails because we cannot let go is told so, and we go on", async () => {
    await using rig = createHandOverRig(VERSION, LEAVES, { freeze: () => Promise.reject(new Error("disk full")) });
    const handing = rejectionOf(rig.handOver.begin(rig.program));
    const candidate = await rig.report();
    expect(await rig.handOver.letGo(candidate).catch(String)).toBe("Error: disk full");
    rmSync(rig.reportFile);
    await handing;
    expect(rig.calls).toEqual(["lend", "resume true"]);
  });

  test.each([
    ["asks for nothing", false, ["lend"]],
    ["asked and does not serve", true, ["lend", "freeze", "resume true"]],
  ])("a candidate that fails because it hangs: one that %s is ended after 15 s", async (_, asks, calls) => {
    jest.useFakeTimers();
    await using rig = createHandOverRig(VERSION, STAYS);
    const handing = rejectionOf(rig.handOver.begin(rig.program));
    const candidate = await rig.report();
    if (asks) await rig.handOver.letGo(candidate);
    jest.advanceTimersByTime(14_999);
    expect(await settled(handing)).toBe(false);
    jest.advanceTimersByTime(1);
    expect((await handing).message).toContain("did not take over: it did not take over within 15 s");
    expect([rig.calls, identifyProcess(candidate.pid), jest.getTimerCount()]).toEqual([calls, undefined, 0]);
  });

  test("a candidate that fails does not keep the next one from its try", async () => {
    await using rig = createHandOverRig(VERSION, "exit 3");
    await rejectionOf(rig.handOver.begin(rig.program));
    expect((await rejectionOf(rig.handOver.begin(rig.program))).message).toContain("it ended with code 3");
    expect(rig.calls).toEqual(["lend", "lend"]);
  });
});

describe("who is refused", () => {
  test("anybody with another token or number, and everybody while nothing is handed over", async () => {
    await using rig = createHandOverRig(VERSION, LEAVES);
    expect((await rejectionOf(rig.handOver.letGo({ pid: process.pid, token: "" }))).code).toBe("handover-failed");
    const handing = rejectionOf(rig.handOver.begin(rig.program));
    const candidate = await rig.report();
    const strangers = [
      { pid: candidate.pid, token: "guessed" },
      { pid: process.pid, token: candidate.token },
      { pid: candidate.pid, token: "" },
    ];
    for (const stranger of strangers) {
      const refused = await rejectionOf(rig.handOver.letGo(stranger));
      expect(refused.message).toBe("this process is not the one that was started to take over");
      expect(refused.message).not.toContain(candidate.token);
      expect(() => rig.handOver.taken(stranger)).toThrow("is not the one");
    }
    expect(rig.calls).toEqual(["lend"]);
    rmSync(rig.reportFile);
    await handing;
    expect((await rejectionOf(rig.handOver.letGo(candidate))).message).toContain("is not the one");
  });

  test("a candidate that says it serves before we let go, or that asks twice", async () => {
    await using rig = createHandOverRig(VERSION, LEAVES);
    const handing = rejectionOf(rig.handOver.begin(rig.program));
    const candidate = await rig.report();
    expect(() => rig.handOver.taken(candidate)).toThrow("has not let go yet");
    await rig.handOver.letGo(candidate);
    expect((await rejectionOf(rig.handOver.letGo(candidate))).message).toBe("this daemon has let go already");
    expect(rig.calls).toEqual(["lend", "freeze"]);
    rmSync(rig.reportFile);
    await handing;
  });

  test("a second hand-over while one is under way", async () => {
    await using rig = createHandOverRig(VERSION, LEAVES);
    const handing = rejectionOf(rig.handOver.begin(rig.program));
    await rig.report();
    expect((await rejectionOf(rig.handOver.begin(rig.program))).message).toBe("another hand-over is under way");
    rmSync(rig.reportFile);
    await handing;
  });
});

describe("a daemon that stops during a hand-over", () => {
  test("a daemon that stops calls the hand-over off: the candidate ends, the work is taken up again, and then it can stop", async () => {
    await using rig = createHandOverRig(VERSION, STAYS);
    const failure = rejectionOf(rig.handOver.begin(rig.program));
    const candidate = await rig.report();
    await rig.handOver.letGo(candidate);
    await rig.handOver.callOff();
    expect(rig.calls).toEqual(["lend", "freeze", "resume true"]);
    expect((await failure).message).toBe(`${rig.program} did not take over: this daemon stops`);
    expect(identifyProcess(candidate.pid)).toBeUndefined();
    expect((await rejectionOf(rig.handOver.begin(rig.program))).message).toContain("this daemon stops");
  });

  test("a daemon that stops once another one has taken over waits for nothing", async () => {
    await using rig = createHandOverRig(VERSION, STAYS);
    const handing = rig.handOver.begin(rig.program);
    const candidate = await rig.report();
    await rig.handOver.letGo(candidate);
    rig.handOver.taken(candidate);
    await handing;
    await rig.handOver.callOff();
    expect(rig.calls).toEqual(["lend", "freeze", "leave true 9.9.9"]);
  });
});
