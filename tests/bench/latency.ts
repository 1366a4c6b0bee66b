import { type Figure, median, quantile } from "./figure.ts";
import { askOverNew, askOverOne } from "./line-pipe.ts";
import { answersPerSecond } from "./load.ts";
import type { Scene } from "./scene.ts";
import type { Subject } from "./subject.ts";

const WARM_UP = 1_000;
const CLIENTS = 100;

/** How quickly `state` is answered by a daemon that is awake, to one client and to many. */
export async function measureLatency(subject: Subject, { plan, tell }: Scene): Promise<readonly Figure[]> {
  await using running = await subject.start();
  const group = "Answers";
  await askOverNew(running.port, WARM_UP);
  tell(`${subject.name}: ${plan.requestsOverNew} requests over new connections`);
  const overNew = await askOverNew(running.port, plan.requestsOverNew);
  tell(`${subject.name}: ${plan.requestsOverOne} requests over one connection`);
  const overOne = await askOverOne(running.port, plan.requestsOverOne);
  tell(`${subject.name}: ${CLIENTS} clients at once`);
  const rates = await answersPerSecond(running.port, {
    clients: CLIENTS,
    windows: plan.loadWindows,
    windowMs: plan.loadWindowMs,
  });
  return [
    { group, name: "state over new connections, p50", unit: "ms", value: quantile(overNew, 0.5) },
    { group, name: "state over new connections, p99", unit: "ms", value: quantile(overNew, 0.99) },
    { group, name: "state over one connection, p50", unit: "ms", value: quantile(overOne, 0.5) },
    { group, name: "state over one connection, p99", unit: "ms", value: quantile(overOne, 0.99) },
    { group, name: `requests with ${CLIENTS} clients`, unit: "/s", value: median(rates) },
  ];
}
