import { until } from "../../rig/until.ts";

/** A connection to a line server, with all that came on it. */
export interface Client {
  readonly text: string;
  readonly closed: boolean;
  send(text: string): void;
  /** Sends a line and waits for its echo. */
  say(line: string): Promise<void>;
  /** Sends FIN. */
  finish(): void;
  leave(): void;
}

/** @throws the system's error. */
export async function connect(port: number): Promise<Client> {
  let text = "";
  let closed = false;
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    allowHalfOpen: true,
    socket: {
      data(_, chunk) {
        text += new TextDecoder().decode(chunk);
      },
      end() {
        closed = true;
      },
      close() {
        closed = true;
      },
      error() {},
    },
  });
  return {
    get text() {
      return text;
    },
    get closed() {
      return closed;
    },
    send: (words) => void socket.write(words),
    async say(line) {
      socket.write(`${line}\n`);
      await until(`the echo of ${line}`, () => text.endsWith(`${line}\n`));
    },
    finish: () => void socket.shutdown(),
    leave: () => void socket.terminate(),
  };
}
