import { expect, test } from "bun:test";
import { LINKSOCKS_RELEASE } from "../../../src/linksocks/server/api.ts";
import { createApiRig } from "./api-rig.ts";
import { reverse } from "./token-rig.ts";

test("the status of a server tells every token with its clients, in the order in which they were made", async () => {
  const { ask, connect, tokens } = createApiRig();
  const r1 = tokens.addReverse(reverse("r1", { port: 9870 }));
  const c2 = tokens.addConnector("c2", "r1");
  tokens.addConnector("c1", "r1");
  const f2 = tokens.addForward("f2");
  tokens.addForward("f1");
  connect(r1, "provider");
  connect(c2, "connector");
  connect(f2, "client");
  connect(f2, "client");
  const { status, text, headers } = await ask("GET", "/api/status");
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(text).toEndWith("}\n");
  expect(JSON.parse(text)).toEqual({
    version: LINKSOCKS_RELEASE,
    tokens: [
      { token: "r1", type: "reverse", clients_count: 1, port: 9870, connector_tokens: ["c2", "c1"] },
      { token: "f2", type: "forward", clients_count: 2 },
      { token: "f1", type: "forward", clients_count: 0 },
    ],
    direct: { enabled: false },
  });
});

test("the status of a server tells an autonomous token without a port, and connectors whoever owns them", async () => {
  const { ask, tokens } = createApiRig();
  tokens.addReverse(reverse("au", { autonomy: true }));
  tokens.addConnector("mine", "au", "me");
  tokens.addConnector("yours", "au", "you");
  expect(JSON.parse((await ask("GET", "/api/status")).text).tokens).toEqual([
    { token: "au", type: "reverse", clients_count: 0, port: -1, connector_tokens: ["mine", "yours"] },
  ]);
});

test("the status of a server tells nothing of connector tokens where there are none", async () => {
  const { ask, tokens } = createApiRig();
  tokens.addReverse(reverse("r1", { port: 9870 }));
  expect((await ask("GET", "/api/status")).text).not.toContain("connector_tokens");
});
