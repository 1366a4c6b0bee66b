// Those who listen, in a process of their own: does what it is told and reports. Ends with whoever started it.

import * as v from "valibot";
import { quantile } from "../figure.ts";
import { readClock } from "./clock.ts";
import { type Listener, openListener } from "./listener.ts";
import { type Task, taskSchema } from "./task.ts";

/** To look into every event would take longer than to send it. */
const MOST_TIMING = 100;
/** How many open at a time: a server's queue of new connections has an end. */
const OPEN_AT_ONCE = 50;
const SILENCE_MS = 2_000;
const LAST_READING_MS = 5_000;

const listeners: Listener[] = [];
let timing = 0;
/** In microseconds, from the moment of `since`. */
let times: number[] = [];
let since = Number.POSITIVE_INFINITY;
let stopped: Listener | undefined;

process.on("disconnect", () => process.exit(0));
process.on("message", async (message) => {
  try {
    process.send?.({ event: "report", report: await perform(v.parse(taskSchema, message)) });
  } catch (error) {
    process.send?.({ event: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
});

async function perform(task: Task): Promise<unknown> {
  switch (task.kind) {
    case "join":
      return await join(task);
    case "count":
      return await count(task.milliseconds);
    case "time":
      times = [];
      since = readClock();
      return {};
    case "report":
      return await report(task.events);
    case "stop":
      stopped = await openListener(task.port, "plain", undefined);
      stopped.pause();
      return {};
    case "go on":
      return await goOn();
  }
}

async function join({ port, dialect, count }: Extract<Task, { kind: "join" }>): Promise<object> {
  const step = Math.ceil(count / MOST_TIMING);
  for (let first = 0; first < count; first += OPEN_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(OPEN_AT_ONCE, count - first) }, (_, index) => first + index);
    const onTimes = numbers.map((number) => (number % step === 0 ? keepTime : undefined));
    timing += onTimes.filter((onTime) => onTime !== undefined).length;
    listeners.push(...(await Promise.all(onTimes.map((onTime) => openListener(port, dialect, onTime)))));
  }
  return {};
}

function keepTime(published: number, received: number): void {
  if (published >= since) times.push(received - published);
}

async function count(milliseconds: number): Promise<object> {
  const [began, before] = [performance.now(), heard()];
  await Bun.sleep(milliseconds);
  return { rate: ((heard() - before) * 1_000) / (performance.now() - began) };
}

function heard(): number {
  return listeners.reduce((sum, listener) => sum + listener.events(), 0);
}

async function report(events: number): Promise<object> {
  const expected = events * timing;
  let [before, changedAt] = [times.length, performance.now()];
  while (times.length < expected && performance.now() - changedAt < SILENCE_MS) {
    await Bun.sleep(10);
    if (times.length !== before) [before, changedAt] = [times.length, performance.now()];
  }
  const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
  return { p50: p50 && p50 / 1_000, p99: p99 && p99 / 1_000, arrived: times.length / expected };
}

async function goOn(): Promise<object> {
  stopped?.resume();
  const deadline = performance.now() + LAST_READING_MS;
  while (stopped?.closeCode() === undefined && performance.now() < deadline) await Bun.sleep(10);
  return { closeCode: stopped?.closeCode() };
}
