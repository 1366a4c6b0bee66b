import { expect, spyOn, test } from "bun:test";
import { turn } from "../../rig/event-loop.ts";
import { openControl } from "./control-rig.ts";

test("answers under way are waited for, and for two seconds those that have no end", async () => {
  const come = Promise.withResolvers<void>();
  using control = openControl({
    status() {
      come.resolve();
      return new Promise(() => {});
    },
  });
  control.ask("GET", "/v1/status").catch(() => undefined);
  await come.promise;
  let time = 0;
  using clock = spyOn(performance, "now").mockImplementation(() => time);
  let isOver = false;
  const answered = control.server.answered().then(() => {
    isOver = true;
  });
  time = 1_999;
  const looks = clock.mock.calls.length;
  while (clock.mock.calls.length < looks + 2) await turn();
  expect(isOver).toBe(false);
  time = 2_000;
  await answered;
});
