import { type EndpointsService, endpointsSchema } from "../../../endpoints/document.ts";
import { Failure } from "../../../platform/failure.ts";
import { defineRoute, type Route } from "../../http/route.ts";
import { apiKeySchema, nothingSchema } from "../schemas.ts";
import type { ControlService } from "../service.ts";

/** Routes that speak of endpoints; `not-running` where none are configured. */
export function createEndpointRoutes(service: ControlService): readonly Route[] {
  return [
    defineRoute("GET /v1/endpoints", "Every endpoint, and what they depend on.", { data: endpointsSchema }, () =>
      configured(service).describe(),
    ),
    defineRoute(
      "POST /v1/endpoints/poll",
      "Asks every source of endpoints now; answered once what stands is like the answers.",
      { data: nothingSchema },
      async () => {
        await configured(service).poll();
        return {};
      },
    ),
    defineRoute(
      "POST /v1/endpoints/reload",
      "Reads the settings of endpoints anew.",
      { data: nothingSchema },
      async () => {
        await configured(service).reload();
        return {};
      },
    ),
    defineRoute(
      "POST /v1/endpoints/api-key",
      "Puts another API key of ngrok in force, and writes it into the settings.",
      { body: apiKeySchema, data: nothingSchema },
      async ({ body }) => {
        await configured(service).setApiKey(body.key.trim());
        return {};
      },
    ),
  ];
}

function configured(service: ControlService): EndpointsService {
  const endpoints = service.endpoints();
  if (endpoints !== undefined) return endpoints;
  throw new Failure("not-running", "this daemon has no endpoints", {
    hint: "write a section endpoints into config.yaml, and restart the daemon: wpdaemon restart",
  });
}
