import { join } from "node:path";
import * as v from "valibot";
import { answerSchema, type Task } from "./task.ts";

/** The process of those who listen, which ends with us. */
export interface Crowd extends AsyncDisposable {
  /** Has it do something. @throws where it fails, or does not end in time. */
  perform<Schema extends v.GenericSchema>(task: Task, schema: Schema): Promise<v.InferOutput<Schema>>;
}

/** Each task ends by itself before. */
const TASK_MS = 40_000;

/** Starts it, without anybody in it. */
export function startCrowd(): Crowd {
  let waiting = Promise.withResolvers<unknown>();
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "listeners.ts")], {
    stdio: ["ignore", "ignore", "inherit"],
    ipc: (message) => waiting.resolve(message),
    onExit: () => waiting.reject(new Error("the listeners have ended")),
  });
  return {
    async perform(task, schema) {
      waiting = Promise.withResolvers();
      const timer = setTimeout(() => waiting.reject(new Error(`${task.kind}: not done in time`)), TASK_MS);
      try {
        child.send(task);
        const answer = v.parse(answerSchema, await waiting.promise);
        if (answer.event === "failed") throw new Error(`${task.kind}: ${answer.reason}`);
        return v.parse(schema, answer.report);
      } finally {
        clearTimeout(timer);
      }
    },
    async [Symbol.asyncDispose]() {
      // Nobody waits for what it would have said.
      waiting.promise.catch(() => undefined);
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
