import { expect, test } from "bun:test";
import { listenTo } from "../api/stream/listener.ts";
import { callWpdaemon } from "../rig/command-line.ts";
import { anonymousMegabytes, residentMegabytes } from "../rig/memory.ts";
import { until } from "../rig/until.ts";
import { cleared } from "./event-stream/sample-events.ts";
import { startStreamDaemon } from "./event-stream/stream-daemon.ts";

/** What an idle daemon may have for itself alone, with every part on. */
const BUDGET_MEGABYTES = 7.6;

test.skipIf(process.platform !== "linux")(
  "a daemon whose every door was used and that has nothing more to do keeps within its memory budget",
  async () => {
    await using daemon = await startStreamDaemon();
    using listener = await listenTo(`${daemon.url}/?since=0&snapshot=1`);
    expect((await daemon.publish(cleared(1))).accepted).toBe(1);
    await listener.received(1);
    expect((await daemon.process.ask("state:")).error).toBeNull();
    expect(await daemon.metrics()).toContain("wpdaemon_");
    // The pages of its executable are four fifths of what it has until it is idle; they go together with its garbage.
    await until("it has given back what it does not need", () => residentMegabytes(daemon.process.pid) < 20);
    const atRest = residentMegabytes(daemon.process.pid);
    const { output } = await callWpdaemon(daemon.process.home, ["status", "--json"]);
    // What the answer cost is not shown.
    expect(JSON.parse(output).daemon.memory.residentBytes / 1e6).toBeLessThan(atRest * 1.5);
    const megabytes = () => anonymousMegabytes(daemon.process.pid);
    await until(`at most ${BUDGET_MEGABYTES} MB`, () => megabytes() <= BUDGET_MEGABYTES).catch((cause: Error) => {
      throw new Error(`the idle daemon keeps ${megabytes().toFixed(1)} MB`, { cause });
    });
  },
);
