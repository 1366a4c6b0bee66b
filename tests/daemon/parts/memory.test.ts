import { expect, mock, spyOn, test } from "bun:test";
import { createMemoryPart } from "../../../src/daemon/parts/memory.ts";
import { createEventBus } from "../../../src/events/bus.ts";
import * as trimming from "../../../src/platform/memory/memory-trim.ts";

test("an event puts off giving memory back as a request does, and a look is told apart from both", async () => {
  const trim = { touch: mock(), afterLook: mock(), stop: mock() };
  using _ = spyOn(trimming, "startIdleTrim").mockReturnValue(trim);
  const bus = createEventBus();
  const memory = createMemoryPart(bus, () => undefined);
  await memory.open();
  bus.emit({ type: "network_changed", at: 0 });
  expect([trim.touch.mock.calls.length, trim.afterLook.mock.calls.length]).toEqual([1, 0]);
  memory.touch();
  expect([trim.touch.mock.calls.length, trim.afterLook.mock.calls.length]).toEqual([2, 0]);
  memory.afterLook();
  expect([trim.touch.mock.calls.length, trim.afterLook.mock.calls.length]).toEqual([2, 1]);
  memory.stop();
  expect(trim.stop).toHaveBeenCalledTimes(1);
});
