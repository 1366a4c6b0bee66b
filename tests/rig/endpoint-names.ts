import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { until } from "./until.ts";

/** The address of a name in a hosts file; undefined where it has none. */
export function addressIn(hosts: string, name: string): string | undefined {
  const line = readFileSync(hosts, "utf8")
    .split("\n")
    .find((text) => text.split("\t")[1] === name);
  return line?.split("\t")[0];
}

/** Sends a text, ends that direction, and gives all that comes back until the far side ends, too. */
export function exchange(host: string, port: number, text: string): Promise<string> {
  const outcome = Promise.withResolvers<string>();
  let answer = "";
  const socket = connect({ host, port, allowHalfOpen: true }, () => socket.end(text));
  socket.setEncoding("latin1");
  socket.on("data", (part) => {
    answer += part;
  });
  socket.on("end", () => outcome.resolve(answer));
  socket.on("error", outcome.reject);
  return outcome.promise;
}

/** A connection to what sends back what it is sent. */
export async function openConnection(host: string, port: number) {
  let heard = "";
  const opened = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const socket = connect({ host, port, allowHalfOpen: true }, opened.resolve);
  socket.setEncoding("latin1");
  socket.on("data", (part) => {
    heard += part;
  });
  socket.on("end", ended.resolve);
  socket.on("error", (error) => {
    opened.reject(error);
    ended.reject(error);
  });
  await opened.promise;
  return {
    /** Sends a text, and gives what has come when as much of it is back. */
    async ask(text: string): Promise<string> {
      heard = "";
      socket.write(text);
      await until("the text to come back", () => heard.length >= text.length);
      return heard;
    },
    end: () => socket.destroy(),
    /** Ends our direction; resolves when the far side has ended its own. */
    async finish(): Promise<void> {
      socket.end();
      await ended.promise;
    },
  };
}
