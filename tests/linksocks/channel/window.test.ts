import { expect, test } from "bun:test";
import { createReceiveWindow, FIRST_WINDOW } from "../../../src/linksocks/channel/window.ts";

const LARGEST_WINDOW = 8 * 1024 * 1024;

test("a window takes as many bytes as it has given, and not one more", () => {
  const window = createReceiveWindow();
  expect(window.receive(FIRST_WINDOW)).toBe(true);
  expect(window.receive(1)).toBe(false);
});

test("a window gives credit back in portions of a quarter", () => {
  const window = createReceiveWindow();
  window.receive(FIRST_WINDOW);
  expect(window.passOn(FIRST_WINDOW / 4 - 1)).toBe(0);
  expect(window.passOn(1)).toBe(FIRST_WINDOW / 4);
  expect(window.receive(FIRST_WINDOW / 4)).toBe(true);
  expect(window.receive(1)).toBe(false);
});

test("a window doubles up to a limit, each time by as much credit as it grows", () => {
  const window = createReceiveWindow();
  let size = FIRST_WINDOW;
  for (let credit = window.grow(); credit > 0; credit = window.grow()) {
    expect(credit).toBe(size);
    size += credit;
  }
  expect(size).toBe(LARGEST_WINDOW);
  window.close();
});

test("all windows together grow by 64 MiB at most, and give their growth back when they close", () => {
  const windows = Array.from({ length: 20 }, createReceiveWindow);
  const grown = windows.map((window) => {
    let sum = 0;
    for (let credit = window.grow(); credit > 0; credit = window.grow()) sum += credit;
    return sum;
  });
  const total = grown.reduce((sum, credit) => sum + credit, 0);
  expect(total).toBeLessThanOrEqual(64 * 1024 * 1024);
  expect(total).toBeGreaterThan(60 * 1024 * 1024);
  for (const window of windows) window.close();
  const fresh = createReceiveWindow();
  expect(fresh.grow()).toBe(FIRST_WINDOW);
  fresh.close();
});
