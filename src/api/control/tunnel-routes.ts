import * as v from "valibot";
import { defineRoute, NO_INPUT, type Route } from "../http/route.ts";
import { tunnelSchema } from "./schemas.ts";
import type { ControlService } from "./service.ts";

/** Routes that look at tunnels and change them. */
export function createTunnelRoutes(service: ControlService): readonly Route[] {
  const one = { ...NO_INPUT, data: tunnelSchema } as const;
  return [
    defineRoute(
      { method: "GET", path: "/v1/tunnels", summary: "Every tunnel.", ...NO_INPUT, data: v.array(tunnelSchema) },
      async () => [...(await service.tunnels())],
    ),
    defineRoute({ method: "GET", path: "/v1/tunnels/{name}", summary: "One tunnel.", ...one }, ({ name }) =>
      service.tunnel(name),
    ),
    defineRoute(
      {
        method: "POST",
        path: "/v1/tunnels/{name}/up",
        summary: "Brings a tunnel up; answered once it accepts. One that runs is given as it is.",
        ...one,
      },
      ({ name }) => service.up(name),
    ),
    defineRoute(
      { method: "POST", path: "/v1/tunnels/{name}/down", summary: "Takes a tunnel down.", ...one },
      ({ name }) => service.down(name),
    ),
    defineRoute(
      {
        method: "POST",
        path: "/v1/tunnels/{name}/restart",
        summary: "Ends a tunnel's process and starts another.",
        ...one,
      },
      ({ name }) => service.restartTunnel(name),
    ),
  ];
}
