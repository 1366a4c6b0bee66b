import * as v from "valibot";
import { PATIENCE_MS } from "./until.ts";

const replySchema = v.object({
  CMD: v.string(),
  result: v.nullable(v.record(v.string(), v.unknown())),
  error: v.nullable(v.string()),
});
export type Reply = v.InferOutput<typeof replySchema>;

export interface Exchange {
  /** Every byte the server sent until it closed, or until `enough` lines had come. */
  readonly text: string;
  readonly replies: readonly Reply[];
  readonly closedByServer: boolean;
}

export interface ExchangeOptions {
  /** Packets are sent one by one, this many milliseconds apart. */
  readonly gap?: number;
  /** Stop listening after this many lines. */
  readonly lines?: number;
  /** Send FIN after the last packet. */
  readonly halfClose?: boolean;
  readonly milliseconds?: number;
}

/** A raw conversation with the line protocol: packets as given, nothing added. */
export async function converse(
  port: number,
  packets: readonly (string | Uint8Array)[],
  { gap = 0, lines, halfClose = false, milliseconds = PATIENCE_MS }: ExchangeOptions = {},
): Promise<Exchange> {
  const decoder = new TextDecoder();
  let text = "";
  const over = Promise.withResolvers<boolean>();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    allowHalfOpen: true,
    socket: {
      data(_, chunk) {
        text += decoder.decode(chunk, { stream: true });
        if (lines !== undefined && text.split("\n").length > lines) over.resolve(false);
      },
      end: () => over.resolve(true),
      close: () => over.resolve(true),
      error: () => over.resolve(true),
    },
  });
  const timer = setTimeout(() => over.reject(new Error(`no end after ${milliseconds} ms, got ${text}`)), milliseconds);
  try {
    for (const packet of packets) {
      socket.write(packet);
      socket.flush();
      if (gap > 0) await new Promise((resolve) => setTimeout(resolve, gap));
    }
    if (halfClose) socket.shutdown();
    const closedByServer = await over.promise;
    return { text, replies: parseReplies(text), closedByServer };
  } finally {
    clearTimeout(timer);
    socket.end();
  }
}

/** One request, one reply, on a connection of its own. */
export async function ask(port: number, line: string, milliseconds = PATIENCE_MS): Promise<Reply> {
  const { replies } = await converse(port, [`${line}\n`], { lines: 1, milliseconds });
  const reply = replies[0];
  if (reply === undefined) throw new Error(`no reply to ${line}`);
  return reply;
}

function parseReplies(text: string): readonly Reply[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => v.parse(replySchema, JSON.parse(line)));
}
