import type { Session } from "../channel/session.ts";
import type { LogMessage } from "../codec/message.ts";
import type { LogLevel, LogLine } from "../options.ts";

const LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

/** Shows what the server has to tell; an unknown level as debug. Section 1.10. */
export function showLog({ level, text }: LogMessage, log: LogLine): void {
  log(LEVELS.find((known) => known === level) ?? "debug", `server: ${text}`);
}

/** Later servers ask a provider whether it lives, and judge by the answer; section 13.4. @returns whether this was it. */
export function answerProbe(session: Session, { level, text }: LogMessage): boolean {
  if (level !== "trace" || !text.startsWith("probe:")) return false;
  session.send({ type: "log", level: "trace", text: `pong:${JSON.stringify({ version: "wpdaemon" })}` });
  return true;
}
