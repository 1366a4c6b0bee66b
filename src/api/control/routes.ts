import { createDaemonRoutes } from "./daemon-routes.ts";
import { createObservationRoutes } from "./observation-routes.ts";
import { createOriginalRoutes } from "./original-routes.ts";
import type { Route } from "./route.ts";
import type { ControlService } from "./service.ts";
import { createTunnelRoutes } from "./tunnel-routes.ts";

/** Every route that is served. */
export function createRoutes(parts: {
  readonly service: ControlService;
  readonly now: () => number;
}): readonly Route[] {
  const routes: readonly Route[] = [
    ...createDaemonRoutes(parts.service),
    ...createTunnelRoutes(parts.service),
    ...createObservationRoutes(parts, () => routes),
    ...createOriginalRoutes(parts.service),
  ];
  return routes;
}
