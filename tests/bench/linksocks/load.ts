// Who uses a relay, in a process of its own: does what it is told and reports. Ends with whoever started it.

import * as v from "valibot";
import { ping } from "./ping.ts";
import { openEchoing, setUp } from "./set-up.ts";
import { stopReader } from "./stop-reader.ts";
import { type Task, taskSchema } from "./task.ts";
import { transfer } from "./transfer.ts";

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
    case "transfer":
      return await transfer(task.entry, task);
    case "ping":
      return await ping(task.entry, task.count);
    case "set up":
      return await setUp(task.entry, task.count);
    case "stop":
      return await stopReader(task.entry, task.milliseconds);
    case "idle": {
      for (let number = 0; number < task.count; number += 1) await openEchoing(task.entry);
      return { open: task.count };
    }
  }
}
