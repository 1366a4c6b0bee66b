import { type LineAddress, type LineServer, startLineServer } from "../../net/lines/line-server.ts";
import { type Audit, limitAudit } from "../../platform/audit.ts";
import type { ArgusSlot } from "../../tunnels/argus-slot.ts";
import { type LineCommand, NEWLINE_NOT_FOUND, parseLine } from "./command.ts";
import { describeFailure, describeStarted, describeState, describeStopped, formatError, formatReply } from "./reply.ts";

export interface LineApiParts extends LineAddress {
  /** Resolves once it is known what a former daemon left running. */
  readonly slot: () => Promise<ArgusSlot>;
  /** Runs a request that changes something, or sends its line after the daemon that has taken over. */
  readonly pass: Passage;
  /** The same for a request that changes nothing, which never waits for a hand-over. */
  readonly look: Passage;
  /** Names of the configs that can be started, with their suffix, in byte order. */
  readonly listConfigs: () => Promise<readonly string[]>;
  readonly version: string;
  readonly audit: Audit;
  /** Whether whoever has connected from that port is served; everybody, where it is left out. */
  readonly admits?: ((peerPort: number) => boolean) | undefined;
  /** Whether the audit log has questions that were answered as well. */
  readonly auditsQuestions: boolean;
  /** Told of every request, so that the daemon knows when it idles. */
  readonly onActivity: () => void;
}

const OTHER_USER = "This daemon serves its own user alone";

type Passage = (run: () => Promise<string>, line: string) => Promise<string>;

/** Serves the line protocol. @throws the system's error where the port cannot be had. */
export function startLineApi(parts: LineApiParts): LineServer {
  // Whoever runs a program on this machine can send lines. Those that change something are not hidden by a flood of others.
  const auditRefusal = limitAudit(parts.audit);
  const audits = {
    question: { command: limitAudit(parts.audit), outcome: limitAudit(parts.audit) },
    change: { command: limitAudit(parts.audit), outcome: limitAudit(parts.audit) },
  };
  return startLineServer(parts, {
    unterminated: formatError("unknown", NEWLINE_NOT_FOUND),
    refuse(peerPort) {
      if (parts.admits?.(peerPort) !== false) return undefined;
      auditRefusal("ERROR", `[command_execution] ${OTHER_USER}: 127.0.0.1:${peerPort}`);
      return formatError("unknown", OTHER_USER);
    },
    async answer(line, peerPort) {
      parts.onActivity();
      const parsed = parseLine(line);
      const client = `127.0.0.1:${peerPort}`;
      if ("error" in parsed) {
        auditRefusal("ERROR", `[command_execution] ${parsed.error} from ${client}`);
        return formatError(parsed.name, parsed.error);
      }
      const { command } = parsed;
      const passage = changes(command) ? parts.pass : parts.look;
      return await passage(() => answerCommand(command, client), new TextDecoder().decode(line));
    },
  });

  async function answerCommand(command: LineCommand, client: string): Promise<string> {
    const shown = `${describeCommand(command)} from ${client}`;
    const began = performance.now();
    const audit = audits[changes(command) ? "change" : "question"];
    const isTold = changes(command) || parts.auditsQuestions;
    if (isTold) audit.command("CMD", `Command received: ${shown}`);
    try {
      const result = await execute(command);
      if (isTold) audit.outcome("SUCCESS", `Command executed successfully: ${shown} in ${formatDuration(began)}`);
      return formatReply(command.name, result);
    } catch (error) {
      const text = describeFailure(command.name, error);
      audit.outcome("ERROR", `[command_execution] ${text}: ${shown} in ${formatDuration(began)}`);
      return formatError(command.name, text);
    }
  }

  async function execute(command: LineCommand): Promise<object> {
    switch (command.name) {
      case "spin_up":
        return describeStarted(await (await parts.slot()).spinUp(command.config));
      case "spin_down":
        return describeStopped(await (await parts.slot()).spinDown());
      case "state":
        return describeState(await (await parts.slot()).status());
      case "available_confs": {
        const configs = await parts.listConfigs();
        return { count: configs.length, configs };
      }
      case "whoami":
        return { version: parts.version, implementation: "TypeScript" };
    }
  }
}

function changes(command: LineCommand): boolean {
  return command.name.startsWith("spin_");
}

function describeCommand(command: LineCommand): string {
  const argument = command.name === "spin_up" ? command.config : "";
  const surplus = command.surplus > 0 ? ` (${command.surplus} surplus arguments ignored)` : "";
  return `${command.name}:${argument}${surplus}`;
}

function formatDuration(began: number): string {
  return `${(performance.now() - began).toFixed(1)} ms`;
}
