import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { modeOf } from "../../rig/mode-of.ts";
import { endpointEntry } from "../../rig/ngrok-api.ts";
import { createNgrokScene } from "../../rig/ngrok-source.ts";
import { errorOf } from "../../rig/rejection.ts";

const DAY_MS = 86_400_000;

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

test("An answer of 200 to a registration is as good as one of 201.", async () => {
  await using scene = await createNgrokScene();
  scene.api.createStatus = 200;
  await scene.create().list();
  expect(scene.api.operators.size).toBe(1);
});

test("A registration that brings no certificate fails, and its operator is deleted again.", async () => {
  await using scene = await createNgrokScene();
  scene.api.script = async ({ method, body }) => {
    if (method !== "POST") return undefined;
    expect(body).toBeDefined();
    return Response.json({ id: "k8sop_bare", binding: { cert: { cert: "" } } }, { status: 201 });
  };
  expect((await errorOf(scene.create().list())).message).toContain("no certificate");
  expect(scene.api.count("DELETE /kubernetes_operators/k8sop_bare")).toBe(1);
  expect(readdirSync(scene.folder)).not.toContain("operator_id");
});

test("A certificate for another key is refused, and its operator is deleted again.", async () => {
  await using scene = await createNgrokScene();
  const foreign = scene.api.authority.issue("other.example");
  scene.api.script = ({ method }) =>
    method === "POST" ? Response.json({ id: "k8sop_1", binding: { cert: { cert: foreign.cert } } }) : undefined;
  expect((await errorOf(scene.create().list())).message).toContain("belongs to another key");
  expect(scene.api.count("DELETE /kubernetes_operators/k8sop_1")).toBe(1);
});

test("The files of an identity stand where the configuration has them.", async () => {
  await using scene = await createNgrokScene();
  const files = {
    certificatePath: join(scene.folder, "one/client.crt"),
    keyPath: join(scene.folder, "two/client.key"),
    operatorIdPath: join(scene.folder, "one/operator_id"),
  };
  await scene.create(files).list();
  expect(readFileSync(files.certificatePath, "utf8")).toStartWith("-----BEGIN CERTIFICATE-----");
  expect(readFileSync(files.keyPath, "utf8")).toStartWith("-----BEGIN EC PRIVATE KEY-----");
  await scene.create(files).list();
  expect(scene.api.count("POST")).toBe(1);
});

test("Where the state folder cannot be written, ngrok is asked nothing.", async () => {
  await using scene = await createNgrokScene();
  writeFileSync(join(scene.folder, "file"), "");
  await errorOf(scene.create({ keyPath: join(scene.folder, "file/tls.key") }).list());
  expect(scene.api.requests).toEqual([]);
});

test("Where a certificate cannot be written after the registration, its operator is deleted again.", async () => {
  await using scene = await createNgrokScene();
  const keyPath = join(scene.folder, "tls.key");
  scene.api.script = ({ method }) => {
    // As if somebody had put a folder there meanwhile.
    if (method === "POST") mkdirSync(keyPath);
    return undefined;
  };
  await errorOf(scene.create({ keyPath }).list());
  expect(scene.api.count("POST")).toBe(1);
  expect(scene.api.operators.size).toBe(0);
});

test("Without the ID of its operator a machine finds that by its own ID, and has a new key certified.", async () => {
  await using scene = await createNgrokScene();
  await scene.create().list();
  const before = readFileSync(join(scene.folder, "tls.key"), "utf8");
  rmSync(join(scene.folder, "operator_id"));
  const source = scene.create();
  await source.list();
  expect(source.status().operatorId).toBe("k8sop_1");
  expect([scene.api.count("POST"), scene.api.count("PATCH")]).toEqual([1, 1]);
  expect(readFileSync(join(scene.folder, "tls.key"), "utf8")).not.toBe(before);
  expect(scene.api.requests.filter(({ path }) => path.includes("//"))).toEqual([]);
});

test("An operator of another machine is left alone.", async () => {
  await using scene = await createNgrokScene();
  scene.api.operators.set("k8sop_other", {
    id: "k8sop_other",
    metadata: '{"type":"forward-proxy","machine_id":"0123"}',
    selectors: null,
    cert: "",
    notAfter: 0,
  });
  await scene.create().list();
  expect([scene.api.count("POST"), scene.api.count("PATCH")]).toEqual([1, 0]);
});

test.each(["\n", "  \r\n"])("An operator's ID on disk may be followed by white space (%j).", async (end) => {
  await using scene = await createNgrokScene();
  await scene.create().list();
  writeFileSync(join(scene.folder, "operator_id"), `k8sop_1${end}`);
  const source = scene.create();
  await source.list();
  expect(source.status().operatorId).toBe("k8sop_1");
  expect(scene.api.count("POST")).toBe(1);
});

test("After a start with a valid identity only the list is asked for.", async () => {
  await using scene = await createNgrokScene();
  await scene.create().list();
  scene.api.requests.length = 0;
  const source = scene.create();
  expect(source.status()).toMatchObject({ state: "starting", registered: true, operatorId: "k8sop_1" });
  await source.list();
  expect(scene.api.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "GET /kubernetes_operators/k8sop_1/bound_endpoints",
  ]);
});

test("An identity that ngrokd has left is used as it is, and ngrok is asked once what it has on record for it.", async () => {
  await using scene = await createNgrokScene();
  scene.api.ingress = "ingress.example:8443";
  await scene.create().list();
  rmSync(join(scene.folder, "registration.json"));
  const source = scene.create();
  await source.list();
  await source.list();
  expect(source.status().ingress).toBe("ingress.example:8443");
  expect([scene.api.count("POST"), scene.api.count("PATCH")]).toEqual([1, 0]);
  expect(scene.api.requests.filter(({ path }) => path === "/kubernetes_operators/k8sop_1")).toHaveLength(1);
});

test("An expired certificate is replaced by a new one for the same operator.", async () => {
  await using scene = await createNgrokScene();
  await scene.create().list();
  scene.clock.now += 365 * DAY_MS;
  scene.api.validity = { notBefore: scene.clock.now - DAY_MS, notAfter: scene.clock.now + 90 * DAY_MS };
  const source = scene.create();
  expect(source.status().registered).toBe(false);
  await source.list();
  expect(source.status()).toMatchObject({ state: "ok", registered: true, operatorId: "k8sop_1" });
  expect([scene.api.count("POST"), scene.api.count("PATCH")]).toEqual([1, 1]);
});

test("A machine whose operator has vanished registers again, once.", async () => {
  await using scene = await createNgrokScene();
  scene.api.endpoints = [endpointEntry("tcp://db.example:5432")];
  const source = scene.create();
  await source.list();
  scene.api.operators.clear();
  const { endpoints } = await source.list();
  expect(endpoints).toHaveLength(1);
  expect(source.status()).toMatchObject({ state: "ok", operatorId: "k8sop_2" });
  expect(scene.api.count("POST")).toBe(2);
});

test("Operators that vanish again and again are made no more often than every five minutes.", async () => {
  await using scene = await createNgrokScene();
  scene.api.script = ({ path }) =>
    path.endsWith("/bound_endpoints") ? new Response("{}", { status: 404 }) : undefined;
  const source = scene.create();
  const began = scene.clock.now;
  const made: number[] = [];
  for (; scene.clock.now < began + 1_200_000; scene.clock.now += 30_000) {
    const before = scene.api.count("POST");
    await errorOf(source.list());
    if (scene.api.count("POST") > before) made.push(scene.clock.now - began);
    scene.api.operators.clear();
  }
  expect(made.length).toBeGreaterThan(1);
  for (const [index, at] of made.slice(1).entries()) expect(at - (made[index] ?? 0)).toBeGreaterThanOrEqual(300_000);
});

test("Without a key ngrok is asked nothing, and with one that is given twice the machine registers once.", async () => {
  await using scene = await createNgrokScene();
  const source = scene.create({ apiKey: undefined });
  await errorOf(source.list());
  expect(source.status().state).toBe("waiting_for_key");
  expect(source.restMs()).toBeUndefined();
  expect(scene.api.requests).toEqual([]);
  source.configure(scene.settings());
  await source.list();
  source.configure(scene.settings());
  await source.list();
  expect(scene.api.count("POST")).toBe(1);
});

test("The ingress is the configured one, else the one that the API names, else ngrok's own.", async () => {
  await using scene = await createNgrokScene();
  scene.api.endpoints = [endpointEntry("tcp://db.example:5432")];
  const source = scene.create();
  const dial = async () => {
    const { endpoints } = await source.list();
    for (const endpoint of endpoints) await errorOf(endpoint.dial(new AbortController().signal));
    return scene.dials.at(-1)?.address;
  };
  expect(await dial()).toBe("kubernetes-binding-ingress.ngrok.io:443");
  scene.api.ingress = "api.example";
  scene.api.operators.clear();
  expect(await dial()).toBe("api.example:443");
  expect(source.status().ingress).toBe("api.example:443");
  source.configure(scene.settings({ ingress: { host: "own.example", port: 8443 } }));
  expect(await dial()).toBe("own.example:8443");
  expect(scene.dials.at(-1)).toMatchObject({ host: "db.example", port: 5432 });
});
