import { connect } from "node:net";
import * as v from "valibot";
import { type EndpointsDocument, endpointsSchema } from "../../endpoints/document.ts";
import { ENVIRONMENT } from "../../platform/environment.ts";
import { Failure, systemCode } from "../../platform/failure.ts";
import { openControl, type Where } from "./reach-daemon.ts";

/** For an answer of a process that may register with ngrok first, in milliseconds. */
const ANSWER_MS = 60_000;

const answerSchema = v.union([
  v.object({ success: v.literal(true), data: v.optional(v.unknown()) }),
  v.object({ success: v.literal(false), error: v.string() }),
]);

/** Whoever serves endpoints, asked over the control socket, or over ngrokd's. */
export interface EndpointsClient {
  describe(): Promise<EndpointsDocument>;
  poll(): Promise<unknown>;
  reload(): Promise<unknown>;
  setApiKey(key: string): Promise<unknown>;
}

/**
 * The daemon of the user's installation, or what listens at the socket that is named by `--socket` or NGROKD_SOCKET.
 * @throws Failure from every call: what is refused, or why nobody answers.
 */
export function openEndpointsClient(where: Where & { readonly socket?: string | undefined }): EndpointsClient {
  const path = where.socket ?? ENVIRONMENT.NGROKD_SOCKET;
  if (path === undefined || path === "") {
    const { endpoints, pollEndpoints, reloadEndpoints, setApiKey } = openControl(where);
    return { describe: endpoints, poll: pollEndpoints, reload: reloadEndpoints, setApiKey };
  }
  return {
    async describe() {
      const parsed = v.safeParse(endpointsSchema, await ask(path, "describe"));
      if (parsed.success) return parsed.output;
      throw new Failure("daemon-unreachable", `what answers on ${path} is no wpdaemon of this version`);
    },
    poll: () => ask(path, "poll"),
    reload: () => ask(path, "reload"),
    setApiKey: (key) => ask(path, "set-api-key", [key]),
  };
}

async function ask(path: string, command: string, args: readonly string[] = []): Promise<unknown> {
  const text = await exchange(path, JSON.stringify({ command, args })).catch((error) => {
    throw new Failure("daemon-unreachable", `nobody answers on ${path}: ${systemCode(error) ?? error.message}`, {
      hint: "is it running? name another socket with --socket",
      cause: error,
    });
  });
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), answerSchema), text);
  if (!parsed.success) throw new Failure("daemon-unreachable", `what answers on ${path} is no ngrokd`);
  if (parsed.output.success) return parsed.output.data;
  throw new Failure("start-failed", parsed.output.error);
}

function exchange(path: string, request: string): Promise<string> {
  const outcome = Promise.withResolvers<string>();
  let answer = "";
  const socket = connect({ path });
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error("timed out")));
  socket.setEncoding("utf8");
  socket.on("connect", () => socket.write(request));
  socket.on("data", (text) => {
    answer += text;
  });
  socket.on("end", () => outcome.resolve(answer));
  socket.on("error", outcome.reject);
  return outcome.promise;
}
