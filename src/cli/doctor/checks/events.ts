import { identifyPortHolder } from "../../../daemon/port-holder.ts";
import { Failure } from "../../../platform/failure.ts";
import type { Circumstances } from "../circumstances.ts";
import { type Diagnosis, fine, warn } from "../diagnosis.ts";
import { isTaken } from "../is-taken.ts";

const CHECK = "events";

/** Whether the event stream is open, or could be, and events can be kept. */
export async function checkEvents({
  daemon: { status },
  settings,
}: Pick<Circumstances, "daemon" | "settings">): Promise<readonly Diagnosis[]> {
  if (!(status instanceof Failure)) {
    if (status.events === undefined) return [];
    const { url, fault } = status.events;
    if (fault !== null) return [warn(CHECK, fault, null)];
    return [fine(CHECK, url === null ? "the event stream is switched off" : `the event stream is open: ${url}`)];
  }
  if (settings instanceof Failure) return [];
  const { enabled, port } = settings.stream;
  if (!enabled) return [fine(CHECK, "the event stream is switched off")];
  if (!(await isTaken(port))) return [fine(CHECK, `port ${port} is free for the event stream`)];
  const remedy = "end that program, or give the stream another port: stream.port in config.yaml";
  return [warn(CHECK, `port ${port} of the event stream is held by ${await identifyPortHolder(port)}`, remedy)];
}
