import { createLineConnection, type LineService } from "../../../src/net/lines/line-connection.ts";
import { createFakeSocket } from "./fake-socket.ts";

export const encode = (text: string) => new TextEncoder().encode(text);
export const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** A connection on a fake socket, and a service that answers `x` with `<x>`. */
export function connectLine(room?: number) {
  const socket = createFakeSocket(room);
  const held = new Map<string, Promise<void>>();
  const asked: string[] = [];
  const service = {
    unterminated: "<?>",
    asked,
    /** The answer to `line` waits until the test resolves it. */
    hold(line: string) {
      const gate = Promise.withResolvers<void>();
      held.set(line, gate.promise);
      return gate;
    },
    async answer(line: Uint8Array) {
      const text = decode(line);
      asked.push(text);
      await held.get(text);
      return `<${text}>`;
    },
  } satisfies LineService & Record<string, unknown>;
  return { socket, service, connection: createLineConnection(socket, service) };
}
