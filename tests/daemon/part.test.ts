import { describe, expect, test } from "bun:test";
import { createPartList, type Part } from "../../src/daemon/part.ts";
import { errorOf } from "../rig/rejection.ts";

describe("a list of parts", () => {
  test("a list of parts opens one after the other, each once the one before is open", async () => {
    const rig = createRig();
    await rig.parts.open();
    expect(rig.calls).toEqual(["open one", "opened one", "open two", "opened two", "open three", "opened three"]);
  });

  test("a list of parts keeps those that are open as they are where one cannot open, and opens none after it", async () => {
    const rig = createRig({ two: { open: fail } });
    expect((await errorOf(rig.parts.open())).message).toBe("a defect");
    expect(rig.calls).toEqual(["open one", "opened one"]);
  });

  test("a list of parts hands over backwards, each once the one after it has let go, and goes on forwards", async () => {
    const rig = createRig();
    await rig.parts.freeze();
    await rig.parts.resume({});
    expect(rig.calls).toEqual([
      ...["freeze three", "frozen three", "freeze two", "frozen two", "freeze one", "frozen one"],
      ...["resume one", "resumed one", "resume two", "resumed two", "resume three", "resumed three"],
    ]);
  });

  test("a list of parts takes up again only what had let go, where one of them could not", async () => {
    const rig = createRig({ two: { freeze: fail } });
    expect((await errorOf(rig.parts.freeze())).message).toBe("a defect");
    await rig.parts.resume({});
    expect(rig.calls).toEqual([
      "freeze three",
      "frozen three",
      "resume two",
      "resumed two",
      "resume three",
      "resumed three",
    ]);
  });

  test("a list of parts takes up nothing twice", async () => {
    const rig = createRig();
    await rig.parts.freeze();
    await rig.parts.resume({});
    rig.calls.length = 0;
    await rig.parts.resume({});
    expect(rig.calls).toEqual([]);
  });

  test("a list of parts takes up all others where one cannot, and tells which", async () => {
    const rig = createRig({ two: { resume: fail } });
    await rig.parts.freeze();
    rig.calls.length = 0;
    await rig.parts.resume({});
    expect(rig.calls).toEqual(["resume one", "resumed one", "resume three", "resumed three"]);
    expect(rig.entries).toEqual(["ERROR two did not resume: a defect"]);
  });

  test("a list of parts lends the sockets of each by its name, and gives them to the one of that name", async () => {
    const given: unknown[] = [];
    const take = (how: string) => (sockets: readonly number[]) => void given.push([how, sockets]);
    const own = { lend: () => [5, 6], open: take("open"), freeze: () => undefined, resume: take("resume") };
    const { parts } = createRig({ two: own, three: { lend: () => [] } });
    const lent = parts.lend();
    expect(lent).toEqual({ two: [5, 6] });
    await parts.open({ two: [7] });
    await parts.freeze();
    await parts.resume(lent);
    expect(given).toEqual([
      ["open", [7]],
      ["resume", [5, 6]],
    ]);
  });

  test("a list of parts stops backwards, and gives back what the parts used once all of them have stopped", async () => {
    const rig = createRig();
    await rig.parts.stop("cli-stop");
    expect(rig.calls).toEqual([
      ...["stop three", "stopped three", "stop two", "stopped two", "stop one", "stopped one"],
      ...["close three", "closed three", "close two", "closed two", "close one", "closed one"],
    ]);
    expect(rig.reasons).toEqual(["cli-stop"]);
  });

  test("a list of parts stops all others where one cannot stop, and throws what that one threw", async () => {
    const rig = createRig({ three: { stop: fail }, two: { close: fail } });
    expect((await errorOf(rig.parts.stop("cli-stop"))).message).toBe("a defect");
    expect(rig.calls.filter((call) => call.startsWith("stopped"))).toEqual(["stopped two", "stopped one"]);
    expect(rig.calls.filter((call) => call.startsWith("closed"))).toEqual(["closed three", "closed one"]);
    expect(rig.entries).toEqual(["ERROR three did not stop: a defect", "ERROR two did not close: a defect"]);
  });

  test("a list of parts waits for all parts at once until none serves anybody who came before a hand-over", async () => {
    const rig = createRig();
    const gone = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const waiting = gone.map(({ promise }, index): Part => ({ name: `${index}`, drain: () => promise }));
    let isOver = false;
    const draining = createPartList(waiting, rig.audit)
      .drain()
      .then(() => {
        isOver = true;
      });
    gone[1]?.resolve();
    await gone[1]?.promise;
    expect(isOver).toBe(false);
    gone[0]?.resolve();
    await draining;
  });
});

function fail(): never {
  throw new Error("a defect");
}

/** Three parts that write down when each of their steps begins and ends; a step of the test's own writes nothing. */
function createRig(own: { readonly [name in "one" | "two" | "three"]?: Omit<Part, "name"> } = {}) {
  const calls: string[] = [];
  const entries: string[] = [];
  const reasons = new Set<string>();
  const audit = (category: string, message: string) => void entries.push(`${category} ${message}`);
  const note = (before: string, after: string) => async () => {
    calls.push(before);
    await Promise.resolve();
    calls.push(after);
  };
  const noteEnd = (before: string, after: string) => (reason: string) => {
    reasons.add(reason);
    return note(before, after)();
  };
  const list = (["one", "two", "three"] as const).map(
    (name): Part => ({
      name,
      open: note(`open ${name}`, `opened ${name}`),
      freeze: note(`freeze ${name}`, `frozen ${name}`),
      resume: note(`resume ${name}`, `resumed ${name}`),
      stop: noteEnd(`stop ${name}`, `stopped ${name}`),
      close: noteEnd(`close ${name}`, `closed ${name}`),
      ...own[name],
    }),
  );
  return {
    parts: createPartList(list, audit),
    calls,
    entries,
    audit,
    get reasons() {
      return [...reasons];
    },
  };
}
