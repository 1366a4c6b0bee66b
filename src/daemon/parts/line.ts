import * as v from "valibot";
import type { LineApiParts } from "../../api/line/server.ts";
import type { LineServer } from "../../net/lines/line-server.ts";
import { Failure, systemCode } from "../../platform/failure.ts";
import type { Part, Sockets } from "../part.ts";
import { portSchema } from "../port-schema.ts";
import type { Gate } from "../succession/gate.ts";
import { askSuccessor } from "../succession/take-over.ts";

/** The port that Argus asks. */
export const DEFAULT_PORT = 23_888;

export const lineSection = v.strictObject({
  port: v.optional(portSchema, DEFAULT_PORT),
  /** Whose programs are served. */
  users: v.optional(v.picklist(["all", "same"]), "all"),
  /** Whether the audit log has questions that were answered as well; clients ask one every second. */
  audit_questions: v.optional(v.boolean(), false),
});

/** A client that has kept its connection gets so long to leave it after a hand-over, in milliseconds. */
export const LINGER_MS = 30_000;

interface LinePartOptions extends Omit<LineApiParts, "host" | "descriptor" | "pass" | "look" | "admits"> {
  readonly users: "all" | "same";
  readonly gate: Gate;
  /** This daemon takes over from another, which answers until this one can. */
  readonly takesOver: boolean;
}

/**
 * The line protocol, as two parts: it is the first to listen, so that clients wait instead of being refused while the rest
 * is loaded, and the first to let nobody in any more. A successor listens last: whom it accepted it would keep waiting.
 */
export function createLineParts(options: LinePartOptions) {
  const { gate } = options;
  let server: LineServer | undefined;
  /** The part is made before it is opened. */
  let inherited: readonly number[] = [];
  const load = () => import("../../api/line/server.ts");

  const listening: Part = {
    name: "line port",
    load,
    /** @throws Failure `address-in-use`, which says who has the port; `platform-unsupported`. */
    async open(sockets) {
      inherited = sockets;
      if (!options.takesOver) await listen();
    },
    lend: () => [opened().duplicateSocket()],
  };

  const serving: Part = {
    name: "line protocol",
    async open() {
      if (options.takesOver) await listen();
    },
    // Clients are still let in: what changes nothing is answered here until the successor answers.
    freeze: () => gate.close(),
    resume: gate.open,
    async drain() {
      server?.stopListening();
      gate.redirect();
      await server?.deserted();
    },
    stop: () => server?.stop(),
  };

  /** Of the daemon that this process was before it became this program. */
  const clients: Part = { name: "line clients", open: (sockets) => server?.adopt(sockets) };

  return {
    listening,
    serving,
    clients,
    port,
    /** All clients wait, for this program or for the one that this process becomes. */
    hold: () => opened().hold(),
    release: (sockets: readonly number[]) => opened().release(sockets[0]),
    /** Their connections, as `Part.lend` gives sockets. */
    lendClients: (): Sockets => ({ [clients.name]: opened().lendConnections() }),
  };

  async function listen(): Promise<void> {
    const { startLineApi } = await load();
    const admits = options.users === "same" ? await loadUserCheck() : undefined;
    const askOther = (line: string) => () => askSuccessor(port(), line, LINGER_MS);
    try {
      server = startLineApi({
        ...options,
        host: "127.0.0.1",
        descriptor: inherited[0],
        admits,
        pass: (run, line) => gate.pass(run, askOther(line)),
        look: (run, line) => gate.look(run, askOther(line)),
      });
    } catch (error) {
      throw await explain(error, options.port);
    }
    options.audit("INFO", `Starting daemon mode, version ${options.version}, process ${process.pid}, port ${port()}`);
  }

  function opened(): LineServer {
    if (server === undefined) throw new Failure("internal", "the line protocol is not open");
    return server;
  }

  /** Root may do all that a user may, and is served as well. */
  async function loadUserCheck() {
    const { demandPeerUsers, findPeerUser } = await import("../../platform/network/peer-user.ts");
    demandPeerUsers();
    const served = [0, process.getuid?.()];
    return (peerPort: number) => served.includes(findPeerUser(port(), peerPort));
  }

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
