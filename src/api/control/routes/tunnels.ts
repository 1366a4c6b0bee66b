import * as v from "valibot";
import { defineRoute, type Route } from "../../http/route.ts";
import { tunnelSchema } from "../schemas.ts";
import type { ControlService } from "../service.ts";

/** Routes that look at tunnels and change them. */
export function createTunnelRoutes(service: ControlService): readonly Route[] {
  const one = { data: tunnelSchema };
  return [
    defineRoute("GET /v1/tunnels", "Every tunnel.", { data: v.array(tunnelSchema) }, async () => [
      ...(await service.tunnels()),
    ]),
    defineRoute("GET /v1/tunnels/{name}", "One tunnel.", one, ({ name }) => service.tunnel(name)),
    defineRoute(
      "POST /v1/tunnels/{name}/up",
      "Brings a tunnel up; answered once it accepts. One that runs is given as it is.",
      one,
      ({ name }) => service.up(name),
    ),
    defineRoute("POST /v1/tunnels/{name}/down", "Takes a tunnel down.", one, ({ name }) => service.down(name)),
    defineRoute("POST /v1/tunnels/{name}/restart", "Ends a tunnel's process and starts another.", one, ({ name }) =>
      service.restartTunnel(name),
    ),
  ];
}
