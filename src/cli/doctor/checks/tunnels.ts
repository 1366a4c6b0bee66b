import type { TunnelEntry } from "../../../api/control/schemas.ts";
import { Failure } from "../../../platform/failure.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, type Diagnosis, fine, warn } from "../diagnosis.ts";

const CHECK = "tunnels";

/** The tunnels that the daemon says are not well, with its reason and advice. */
export async function checkTunnels({
  daemon: { status },
}: Pick<Circumstances, "daemon">): Promise<readonly Diagnosis[]> {
  if (status instanceof Failure) return [];
  const found = status.tunnels.flatMap((tunnel) => describe(tunnel) ?? []);
  const healthy = status.tunnels.filter(({ health }) => health === "healthy").length;
  return [fine(CHECK, `${healthy} of ${status.tunnels.length} are healthy`), ...found];
}

function describe({ name, state, health, reason, action }: TunnelEntry): Diagnosis | undefined {
  const message = `${name} is ${state}, ${health}: ${reason}`;
  if (state === "failed" || health === "down")
    return blame(CHECK, message, action ?? `wpdaemon logs ${name} tells more`);
  return health === "degraded" ? warn(CHECK, message, action) : undefined;
}
