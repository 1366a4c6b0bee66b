import type { OpenSocket, SocketListener } from "../../src/viewer/client/stream.ts";

/** The far side of every connection that a client under test opens. */
export interface FakeDaemon {
  readonly open: OpenSocket;
  /** The query of each attempt, the oldest first. */
  readonly questions: readonly string[];
  /** How many connections were closed from our side. */
  readonly closed: number;
  accept(): void;
  send(message: unknown): void;
  sendText(text: string): void;
  ping(): void;
  /** Refuses the attempt, or ends the connection. */
  drop(reason?: string): void;
}

export function createFakeDaemon(): FakeDaemon {
  const questions: string[] = [];
  let listener: SocketListener | undefined;
  let closed = 0;
  return {
    questions,
    get closed() {
      return closed;
    },
    open(url, newest) {
      questions.push(new URL(url).search);
      listener = newest;
      return { close: () => (closed += 1) };
    },
    accept: () => listener?.onOpen(),
    send: (message) => listener?.onMessage(JSON.stringify(message)),
    sendText: (text) => listener?.onMessage(text),
    ping: () => listener?.onPing(),
    drop: (reason = "closed with 1006") => listener?.onClose(reason),
  };
}

/** An event that concerns everybody. */
export function statusEvent(seq: number, status = "RUNNING") {
  return {
    seq,
    type: "daemon_status",
    account_id: null,
    data: { status, message: "", timestamp: "2025-11-04T15:00:00Z" },
  };
}
