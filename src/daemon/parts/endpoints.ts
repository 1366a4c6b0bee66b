import { join } from "node:path";
import * as v from "valibot";
import type { EventBus } from "../../events/bus.ts";
import type { Audit } from "../../platform/audit.ts";
import type { Environment } from "../../platform/environment.ts";
import { isTaken } from "../../platform/files/files.ts";
import type { Paths } from "../../platform/files/paths.ts";
import type { Part } from "../part.ts";
import type { OpenEndpoints } from "./open-endpoints.ts";
import type { TunnelWays } from "./tunnel-ways.ts";

/** Its keys are read and checked where endpoints are, which is loaded only for those who have some. */
export const endpointsSection = v.record(v.string(), v.unknown());

interface EndpointsPartOptions {
  readonly paths: Paths;
  /** Undefined where there is no such section: then nothing is loaded. */
  readonly settings: v.InferOutput<typeof endpointsSection> | undefined;
  /** The section as it stands in the file now. @throws Failure as `loadSettings`. */
  readonly readSection: () => v.InferOutput<typeof endpointsSection> | undefined;
  readonly environment: Environment;
  readonly version: string;
  readonly tunnels: TunnelWays["tunnels"];
  readonly bus: EventBus;
  readonly audit: Audit;
  readonly now: () => number;
  readonly onActivity: () => void;
}

/** Names of this machine that lead through tunnels, or to ngrok. */
export function createEndpointsPart(options: EndpointsPartOptions) {
  const { paths, settings, environment, bus, audit, now } = options;
  const folder = join(paths.own, "endpoints");
  let opened: OpenEndpoints | undefined;
  const load = () =>
    Promise.all([
      import("./open-endpoints.ts"),
      import("./read-endpoint-settings.ts"),
      import("./tunnel-ways.ts"),
      import("../../endpoints/config/write-api-key.ts"),
    ]);

  return {
    name: "endpoints",
    load: async () => (settings === undefined ? undefined : await load()),
    async open(inherited) {
      if (settings === undefined) return await undoFormer();
      const [{ openEndpoints }, { readEndpointSettings }, { createDial }, { writeApiKey }] = await load();
      opened = await openEndpoints({
        ...options,
        file: paths.settings,
        read: () => readEndpointSettings(options.readSection(), paths, environment),
        saveApiKey: (key) => writeApiKey(paths.settings, ["endpoints", "api", "key"], key),
        dial: createDial({ tunnels: options.tunnels, environment }),
        inherited,
        onChange: (endpoint, from, to, reason) =>
          bus.emit({ type: "endpoint_state", at: now(), endpoint, from, to, reason }),
      });
    },
    lend: () => opened?.lend() ?? [],
    freeze: () => opened?.freeze(),
    resume: () => opened?.resume(),
    drain: async () => opened?.drain(),
    stop: () => opened?.stop(),
    /** Undefined where none are configured. */
    opened: () => opened,
  } satisfies Part & Record<string, unknown>;

  /** Of a daemon that had endpoints, and was killed. */
  async function undoFormer(): Promise<void> {
    if (!isTaken(join(folder, "runtime.json"))) return;
    const { createJournal } = await import("../../endpoints/serving/journal.ts");
    const hosts = await createJournal(folder).cleanUp();
    if (hosts !== undefined) audit("INFO", `[endpoints] the names of a former daemon were removed from ${hosts}`);
  }
}
