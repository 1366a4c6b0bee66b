import { describe, expect, test } from "bun:test";
import { until } from "../../rig/until.ts";
import { startStreamStub } from "./stream-stub.ts";
import { makeHome, openTrader } from "./trader-rig.ts";
import { GIVEN_BACK, TAKEN } from "./viewer-terminal.ts";

describe("the terminal is given back", () => {
  test.each([
    ["q", 0],
    ["Q", 0],
    ["\u0003", 0],
  ])("the terminal is given back by %j", async (key, code) => {
    using home = makeHome();
    using stub = startStreamStub();
    await using terminal = openTrader(home, stub.url);
    expect(terminal.isCooked).toBe(true);
    await terminal.shows("● live");
    expect(terminal.isCooked).toBe(false);
    expect(terminal.output).toStartWith(TAKEN);
    terminal.type(key);
    expect(await terminal.ended()).toBe(code);
    await until("the old screen is back", () => terminal.output.endsWith(GIVEN_BACK));
    expect(terminal.isCooked).toBe(true);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGQUIT", 131],
  ] as const)("by %s", async (signal, code) => {
    using home = makeHome();
    using stub = startStreamStub();
    await using terminal = openTrader(home, stub.url);
    await terminal.shows("● live");
    terminal.kill(signal);
    expect(await terminal.ended()).toBe(code);
    await until("the old screen is back", () => terminal.output.endsWith(GIVEN_BACK));
    expect(terminal.isCooked).toBe(true);
  });

  test("`trader` ends when its terminal goes away", async () => {
    using home = makeHome();
    using stub = startStreamStub();
    await using terminal = openTrader(home, stub.url);
    await terminal.shows("● live");
    terminal.close();
    expect(await terminal.ended()).not.toBe(0);
  });
});
