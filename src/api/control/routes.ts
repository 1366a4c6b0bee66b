import type { Route } from "../http/route.ts";
import { createStreams } from "../http/streams.ts";
import { createDaemonRoutes } from "./daemon-routes.ts";
import { createEventRoutes } from "./event-routes.ts";
import { createObservationRoutes } from "./observation-routes.ts";
import type { ControlService } from "./service.ts";
import { createOriginalRoutes } from "./session-routes.ts";
import { createTunnelRoutes } from "./tunnel-routes.ts";

/** Every route that is served. */
export function createRoutes(parts: {
  readonly service: ControlService;
  readonly now: () => number;
}): readonly Route[] {
  const streams = createStreams();
  const published = { accepted: 0, rejected: 0 };
  const routes: readonly Route[] = [
    ...createDaemonRoutes(parts.service),
    ...createTunnelRoutes(parts.service),
    ...createEventRoutes({ service: parts.service, streams, published }),
    ...createObservationRoutes({ ...parts, streams, published }, () => routes),
    ...createOriginalRoutes(parts.service),
  ];
  return routes;
}
