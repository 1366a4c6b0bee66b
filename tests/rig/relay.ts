import * as v from "valibot";
import { PEER } from "./programs.ts";

/** A UDP relay between a client and its far end, which can turn into a black hole. */
export interface Relay {
  /** What the client takes for its peer's endpoint, `host:port`. */
  readonly address: string;
  /** `drop`, `pass`, `loss 0.5`, `delay 100ms`; resolves once it is in force. */
  tell(command: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param to the far end's `host:port`. */
export async function startRelay(to: string): Promise<Relay> {
  const relay = Bun.spawn([PEER, "relay", "-to", to], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const lines = readLines(relay.stdout);
  const announced = v.parse(v.pipe(v.string(), v.parseJson(), v.object({ listen: v.string() })), await next(lines));
  return {
    address: announced.listen,
    async tell(command) {
      relay.stdin.write(`${command}\n`);
      await relay.stdin.flush();
      const answer = await next(lines);
      if (answer !== "ok") throw new Error(`the relay said ${answer} to ${command}`);
    },
    async [Symbol.asyncDispose]() {
      relay.stdin.end();
      await relay.exited;
    },
  };
}

async function next(lines: AsyncGenerator<string>): Promise<string> {
  const line = await lines.next();
  if (line.done === true) throw new Error("the relay has ended");
  return line.value;
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
