import * as v from "valibot";
import { answerSchema, type Task } from "./task.ts";

/** A script of this folder in a process of its own, which ends with us. */
export interface Script extends AsyncDisposable {
  readonly pid: number;
  /** The next message that it sends. @throws where it ends instead, or says nothing in time. */
  hear(milliseconds: number): Promise<unknown>;
  tell(task: Task): void;
}

/** A script that listens. */
export interface Listening extends Script {
  readonly port: number;
}

const START_MS = 10_000;
/** Each task ends by itself before. */
const TASK_MS = 40_000;

/** Starts the target, or a plain relay to a port. */
export async function startListening(name: "target" | "plain-relay", ...words: string[]): Promise<Listening> {
  const script = startScript(name, ...words);
  try {
    const { port } = v.parse(v.object({ port: v.number() }), await script.hear(START_MS));
    return { ...script, port };
  } catch (error) {
    await script[Symbol.asyncDispose]();
    throw error;
  }
}

/** Has the load do something. @returns its report. @throws where it fails, or does not end. */
export async function perform<Schema extends v.GenericSchema>(
  load: Script,
  task: Task,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const heard = load.hear(TASK_MS);
  load.tell(task);
  const answer = v.parse(answerSchema, await heard);
  if (answer.event === "failed") throw new Error(`${task.kind}: ${answer.reason}`);
  return v.parse(schema, answer.report);
}

export function startScript(name: string, ...words: string[]): Script {
  const said: unknown[] = [];
  let news = Promise.withResolvers<void>();
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/${name}.ts`, ...words], {
    stdio: ["ignore", "ignore", "inherit"],
    ipc(message) {
      said.push(message);
      announce();
    },
    onExit: announce,
  });
  return {
    pid: child.pid,
    async hear(milliseconds) {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        announce();
      }, milliseconds);
      try {
        while (said.length === 0) {
          if (isLate) throw new Error(`the ${name} says nothing within ${milliseconds} ms`);
          if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the ${name} has ended`);
          await news.promise;
        }
        return said.shift();
      } finally {
        clearTimeout(timer);
      }
    },
    tell: (task) => child.send(task),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };

  function announce(): void {
    news.resolve();
    news = Promise.withResolvers<void>();
  }
}
