import type { ArgDef } from "citty";
import { loadSettings } from "../../../daemon/settings.ts";
import { LISTENED_TYPES } from "../../../events/event-types.ts";
import { Failure } from "../../../platform/failure.ts";
import type { Paths } from "../../../platform/files/paths.ts";
import { nearestWord } from "../../../platform/nearest-word.ts";
import type { Timers } from "../../../viewer/client/stream.ts";

export const urlOption = {
  type: "string",
  description: "Address of the event stream (as in the settings)",
} as const satisfies ArgDef;

/** The stream that is meant: the flag's, else that of the settings. @throws Failure `usage`, `settings-invalid`. */
export function chooseStreamUrl(url: string | undefined, paths: Paths): string {
  if (url !== undefined) return parseStreamUrl(url);
  const { port } = loadSettings(paths, process.env, {}).stream;
  if (port !== 0) return `ws://127.0.0.1:${port}`;
  throw new Failure("usage", "the settings leave the stream's port to the system, so nobody knows it from here", {
    hint: "pass --url ws://127.0.0.1:PORT; the daemon's log names the port",
  });
}

/** The address of a stream as somebody typed it. @throws Failure `usage`. */
export function parseStreamUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === "ws:" || url.protocol === "wss:")) return url.href;
  throw new Failure("usage", `--url needs the address of a stream, not ${JSON.stringify(text)}`, {
    hint: "such as --url ws://127.0.0.1:8765",
  });
}

/** Names of event types with commas between them. @throws Failure `usage`, also for a name that no event has. */
export function parseTypes(text: string): readonly string[] {
  const types = text.split(",").map((type) => type.trim());
  if (types.includes("")) {
    throw new Failure("usage", `--types needs names of events, not ${JSON.stringify(text)}`, {
      hint: "such as --types lockout_set,lockout_cleared",
    });
  }
  const unknown = types.find((type) => !LISTENED_TYPES.includes(type));
  if (unknown === undefined) return types;
  const near = nearestWord(unknown, LISTENED_TYPES);
  throw new Failure("usage", `--types: there is no event type ${JSON.stringify(unknown.slice(0, 100))}`, {
    hint: near === undefined ? `there are ${LISTENED_TYPES.join(", ")}` : `did you mean ${near}?`,
  });
}

/** This machine's. */
export const SYSTEM_TIMERS: Timers = {
  now: Date.now,
  after(milliseconds, alarm) {
    const timer = setTimeout(alarm, milliseconds);
    return () => clearTimeout(timer);
  },
};
