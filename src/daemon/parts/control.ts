import { join } from "node:path";
import * as v from "valibot";
import type { ControlParts } from "../../api/control/answer.ts";
import type { ControlServer } from "../../api/control/server.ts";
import { describeError } from "../../platform/failure.ts";
import { readTextIfThere, replaceFile } from "../../platform/files/files.ts";
import type { Paths } from "../../platform/files/paths.ts";
import type { Part } from "../part.ts";
import { namedPortSchema } from "../port-schema.ts";

export const controlSection = v.strictObject({
  /** Of the signed twin on 127.0.0.1; there is none unless it is given. */
  port: v.optional(namedPortSchema),
  /** Whether `/metrics` there needs no signature: Prometheus makes none. */
  metrics: v.optional(v.boolean(), false),
});

interface ControlPartOptions extends Omit<ControlParts, "path" | "tcpPort" | "secret" | "opensMetrics"> {
  readonly paths: Paths;
  readonly settings: v.InferOutput<typeof controlSection>;
  /** This daemon has taken over, and has nobody left to fall back on. */
  readonly hasTakenOver: boolean;
}

/** The control API. A daemon that has taken over does without its TCP port where somebody else has got hold of that. */
export function createControlPart({ paths, settings, hasTakenOver, ...options }: ControlPartOptions): Part {
  let server: ControlServer | undefined;
  const load = () => import("../../api/control/server.ts");

  return {
    name: "control API",
    load,
    /** @throws Failure `file-unusable` for the socket; for an ordinary start `address-in-use` for the port as well. */
    async open(inherited) {
      const { startControlApi } = await load();
      const tcpPort = settings.port;
      const secret = tcpPort === undefined ? new Uint8Array() : loadControlSecret(paths);
      const parts = { ...options, path: paths.control, tcpPort, secret, opensMetrics: settings.metrics };
      try {
        server = startControlApi(parts, inherited);
      } catch (error) {
        if (!hasTakenOver || tcpPort === undefined) throw error;
        options.audit("ERROR", `the control API stays without port ${tcpPort}: ${describeError(error)}`);
        server = startControlApi({ ...parts, tcpPort: undefined });
      }
    },
    lend: () => server?.lendPort() ?? [],
    freeze: () => server?.closePort(),
    resume: (lent) => server?.openPort(lent),
    drain: async () => server?.answered(),
    close: () => server?.stop(),
  };
}

/** Bytes of the secret that signs requests over TCP. */
const SECRET_LENGTH = 32;

/** The installation's secret, made once; its file is the owner's alone. @throws the system's error. */
export function loadControlSecret(paths: Paths): Uint8Array {
  const file = join(paths.own, "secret");
  const known = Buffer.from(readTextIfThere(file)?.trim() ?? "", "base64");
  if (known.length === SECRET_LENGTH) return known;
  const made = crypto.getRandomValues(new Uint8Array(SECRET_LENGTH));
  replaceFile(file, `${Buffer.from(made).toString("base64")}\n`);
  return made;
}
