import * as v from "valibot";
import type { EndpointEntry, EndpointsDocument, EndpointsService } from "../../endpoints/document.ts";
import { describeError } from "../../platform/failure.ts";

/** One answer, docs/protocols/endpoints.md#the-socket. */
export type Answer =
  | { readonly success: true; readonly data?: unknown }
  | { readonly success: false; readonly error: string };

/** Names are matched in any case, and others are passed over, as ngrokd does it. */
const commandSchema = v.pipe(
  v.record(v.string(), v.unknown()),
  v.transform((members) =>
    Object.fromEntries(Object.entries(members).map(([name, value]) => [name.toLowerCase(), value])),
  ),
  v.object({ command: v.nullish(v.string(), ""), args: v.nullish(v.array(v.string()), []) }),
);

interface CommandParts {
  readonly service: EndpointsService;
  readonly version: string;
  /** Ends the process in an orderly way; undefined where it is not for this door to end it. */
  readonly shutDown?: (() => void) | undefined;
}

type Command = (parts: CommandParts, words: readonly string[]) => unknown;

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["status", ({ service }) => describeStatus(service.describe())],
  ["list", ({ service }) => service.describe().endpoints.map(describeForNgrokctl)],
  ["describe", ({ service }) => service.describe()],
  ["version", ({ version }) => ({ version, implementation: "wpdaemon" })],
  ["set-api-key", setApiKey],
  ["refresh-cert", ({ service }) => service.refreshCertificate().then(() => "certificate renewed")],
  ["poll", ({ service }) => service.poll().then(() => "polled")],
  ["reload", ({ service }) => service.reload().then(() => "reloaded")],
  ["shutdown", shutDown],
]);

/** Carries out the command that stands in a JSON text. It never throws, and no answer holds a key. */
export async function answerCommand(text: string, parts: CommandParts): Promise<Answer> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), commandSchema), text);
  if (!parsed.success) return fail(`failed to decode command: ${parsed.issues[0].message.slice(0, 200)}`);
  const { command, args } = parsed.output;
  const run = COMMANDS.get(command);
  if (run === undefined) return fail(`unknown command: ${command.slice(0, 200)}`);
  try {
    return { success: true, data: await run(parts, args) };
  } catch (error) {
    return fail(describeError(error));
  }
}

export function fail(error: string): Answer {
  return { success: false, error };
}

/** One line of JSON as Go writes it. */
export function encodeAnswer(answer: Answer): string {
  const spell = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${JSON.stringify(answer).replace(/[<>&\u2028\u2029]/g, spell)}\n`;
}

async function setApiKey({ service }: CommandParts, [key = ""]: readonly string[]): Promise<string> {
  if (key.trim() === "") throw new Error("API key required");
  await service.setApiKey(key.trim());
  return "API key set successfully";
}

function shutDown({ shutDown: end }: CommandParts): string {
  if (end === undefined) throw new Error("this daemon serves more than endpoints: end it with wpdaemon stop");
  end();
  return "shutting down";
}

function describeStatus({ sources, endpoints }: EndpointsDocument) {
  const ngrok = sources.find(({ name }) => name === "ngrok");
  const id = ngrok?.operatorId ?? "";
  return {
    registered: ngrok?.registered ?? false,
    ...(id === "" ? {} : { operator_id: id }),
    endpoint_count: endpoints.length,
    ingress_endpoint: ngrok?.ingress ?? "",
  };
}

/** An endpoint as ngrokctl knows one. */
export function describeForNgrokctl({ ids, hostname, ip, port, url, state, networkPort, mode }: EndpointEntry) {
  return {
    id: ids[0] ?? "",
    hostname,
    ip: ip ?? "",
    port,
    url: url.replace(/^(http:.*):80$|^(https:.*):443$/, "$1$2"),
    local_listener: state === "serving",
    network_port: networkPort,
    listen_interface: mode,
  };
}
