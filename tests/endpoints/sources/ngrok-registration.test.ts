import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { modeOf } from "../../rig/mode-of.ts";
import { endpointEntry } from "../../rig/ngrok-api.ts";
import { createNgrokScene } from "../../rig/ngrok-source.ts";

test("At the first listing a machine registers with a signed request, and keeps what ngrok gives it.", async () => {
  await using scene = await createNgrokScene();
  scene.api.endpoints = [endpointEntry("tcp://db.example:5432")];
  const source = scene.create();
  const { endpoints } = await source.list();
  expect(endpoints.map(({ url }) => url)).toEqual(["tcp://db.example:5432"]);
  for (const { headers, body } of scene.api.requests) {
    expect(headers.get("authorization")).toBe("Bearer test_key");
    expect(headers.get("ngrok-version")).toBe("2");
    if (body !== undefined) expect(headers.get("content-type")).toBe("application/json");
  }
  const posts = scene.api.requests.filter(({ method }) => method === "POST");
  expect(posts).toHaveLength(1);
  expect(posts[0]?.body).toMatchObject({
    description: "ngrokd daemon",
    metadata: expect.stringContaining('"type":"forward-proxy"'),
    enabled_features: ["bindings"],
    region: "global",
    binding: { csr: expect.stringMatching(/^-----BEGIN CERTIFICATE REQUEST-----\n/), endpoint_selectors: ["true"] },
  });
  expect(modeOf(join(scene.folder, "tls.key"))).toBe(0o600);
  expect(modeOf(join(scene.folder, "tls.crt"))).toBe(0o644);
  expect(readFileSync(join(scene.folder, "operator_id"), "utf8")).toBe("k8sop_1");
  expect(source.status()).toMatchObject({ state: "ok", registered: true, operatorId: "k8sop_1", lastPollError: null });
});
