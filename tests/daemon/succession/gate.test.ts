import { afterEach, describe, expect, jest, test } from "bun:test";
import { createGate } from "../../../src/daemon/succession/gate.ts";
import { settled, turn } from "../../rig/event-loop.ts";

afterEach(() => void jest.useRealTimers());

const elsewhere = async () => "the successor";

describe("an open gate", () => {
  test("an open gate lets every request pass at once, several at a time", async () => {
    const gate = createGate();
    const [one, other] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const passing = [gate.pass(() => one.promise, elsewhere), gate.pass(() => other.promise, elsewhere)];
    other.resolve("second");
    one.resolve("first");
    expect(await Promise.all(passing)).toEqual(["first", "second"]);
  });

  test("an open gate hands on what a request throws, and counts it as done", async () => {
    const gate = createGate();
    const failing = gate.pass(() => Promise.reject(new Error("no")), elsewhere);
    expect(await failing.catch(String)).toBe("Error: no");
    expect(await settled(gate.close())).toBe(true);
  });
});

describe("closing", () => {
  test("closing a gate is done at once where nobody is inside", async () => {
    expect(await settled(createGate().close())).toBe(true);
  });

  test("closing a gate waits for those inside, and lets nobody in meanwhile", async () => {
    const gate = createGate();
    const inside = Promise.withResolvers<string>();
    const first = gate.pass(() => inside.promise, elsewhere);
    const closing = gate.close();
    let entered = false;
    const second = gate.pass(async () => {
      entered = true;
      return "ours";
    }, elsewhere);
    expect([await settled(closing), entered]).toEqual([false, false]);
    inside.resolve("done");
    await Promise.all([first, closing]);
    await turn();
    expect(entered).toBe(false);
    gate.open();
    expect(await second).toBe("ours");
  });

  test("closing a gate does not wait for longer than a request may take, and leaves no timer", async () => {
    jest.useFakeTimers();
    const gate = createGate();
    const never = gate.pass(() => new Promise<string>(() => undefined), elsewhere);
    const closing = gate.close();
    jest.advanceTimersByTime(4_499);
    expect(await settled(closing)).toBe(false);
    jest.advanceTimersByTime(1);
    await closing;
    expect([await settled(never), jest.getTimerCount()]).toEqual([false, 0]);
  });

  test("closing a gate leaves no timer where those inside are quick", async () => {
    jest.useFakeTimers();
    const gate = createGate();
    const quick = Promise.withResolvers<string>();
    const passing = gate.pass(() => quick.promise, elsewhere);
    const closing = gate.close();
    quick.resolve("done");
    await Promise.all([passing, closing]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test("a second time keeps out those whom the first had kept out", async () => {
    const gate = createGate();
    await gate.close();
    const waiting = gate.pass(async () => "ours", elsewhere);
    gate.open();
    const closing = gate.close();
    await closing;
    expect(await settled(waiting)).toBe(false);
    gate.open();
    expect(await waiting).toBe("ours");
  });
});

describe("a gate that leads to a successor", () => {
  test("a gate that leads to a successor sends everybody there, those who waited first", async () => {
    const gate = createGate();
    await gate.close();
    const waiting = gate.pass(async () => "ours", elsewhere);
    gate.redirect();
    expect(await waiting).toBe("the successor");
    expect(await gate.pass(async () => "ours", elsewhere)).toBe("the successor");
  });

  test("a gate that leads to a successor lets those finish who are inside", async () => {
    const gate = createGate();
    const inside = Promise.withResolvers<string>();
    const passing = gate.pass(() => inside.promise, elsewhere);
    gate.redirect();
    inside.resolve("ours");
    expect(await passing).toBe("ours");
  });
});
