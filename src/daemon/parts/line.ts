import { closeSync } from "node:fs";
import * as v from "valibot";
import type { LineApiParts } from "../../api/line/server.ts";
import type { LineServer } from "../../net/lines/line-server.ts";
import { Failure, systemCode } from "../../platform/failure.ts";
import type { Part } from "../part.ts";
import { portSchema } from "../port-schema.ts";
import type { Gate } from "../succession/gate.ts";
import { askSuccessor } from "../succession/take-over.ts";

/** The port that Argus asks. */
export const DEFAULT_PORT = 23_888;

export const lineSection = v.strictObject({ port: v.optional(portSchema, DEFAULT_PORT) });

/** A client that has kept its connection gets so long to leave it after a hand-over, in milliseconds. */
export const LINGER_MS = 30_000;

interface LinePartOptions extends Omit<LineApiParts, "host" | "pass"> {
  readonly gate: Gate;
}

/**
 * The line protocol, as two parts: it is the first to listen, so that clients wait instead of being refused while the rest
 * is loaded, and the first to let nobody in any more.
 */
export function createLineParts(options: LinePartOptions) {
  const { gate } = options;
  let server: LineServer | undefined;
  /** Of the listening socket, a second one, which a successor inherits. */
  let lent: number | undefined;
  const load = () => import("../../api/line/server.ts");

  const listening: Part = {
    name: "line port",
    load,
    /** @throws Failure `address-in-use`, which says who has the port. */
    async open() {
      const { startLineApi } = await load();
      try {
        const host = "127.0.0.1";
        server = startLineApi({
          ...options,
          host,
          pass: (run, line) => gate.pass(run, () => askSuccessor(port(), line, LINGER_MS)),
        });
      } catch (error) {
        throw await explain(error, options.port);
      }
      options.audit("INFO", `Starting daemon mode, version ${options.version}, process ${process.pid}, port ${port()}`);
    },
  };

  const serving: Part = {
    name: "line protocol",
    async freeze() {
      await gate.close();
      // Whoever connects from now on waits in the socket's queue, for the successor.
      server?.stopListening();
    },
    resume() {
      // First: those who wait there are answered, also where the port cannot be had again.
      gate.open();
      const descriptor = lent;
      lent = undefined;
      if (descriptor !== undefined) server?.listenAgain(descriptor);
    },
    async drain() {
      gate.redirect();
      await server?.deserted();
    },
    stop: () => server?.stop(),
  };

  return {
    listening,
    serving,
    port,
    /** Gives a second descriptor of the listening socket; `serving.resume` listens on it. */
    lend(): number {
      if (server === undefined) throw new Failure("internal", "the line protocol is not open");
      lent = server.duplicateSocket();
      return lent;
    },
    /** Nobody needs the second descriptor any more. */
    closeLent(): void {
      if (lent !== undefined) closeSync(lent);
      lent = undefined;
    },
  };

  /** The one that the system chose where the settings say 0. */
  function port(): number {
    return server?.port ?? options.port;
  }
}

async function explain(error: unknown, port: number): Promise<Failure> {
  if (systemCode(error) !== "EADDRINUSE") {
    return new Failure("address-in-use", `cannot listen on 127.0.0.1:${port}: ${systemCode(error) ?? "refused"}`, {
      hint: "choose another port with -p",
      cause: error,
    });
  }
  const { identifyPortHolder } = await import("../port-holder.ts");
  return new Failure("address-in-use", `127.0.0.1:${port} is already taken by ${await identifyPortHolder(port)}`, {
    hint: "stop it first, or choose another port with -p",
  });
}
