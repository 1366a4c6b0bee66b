import { expect, test } from "bun:test";
import { createPublicKey, X509Certificate } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadIdentity, saveIdentity, toIdentity } from "../../../src/endpoints/sources/ngrok/identity.ts";
import { findMachineId } from "../../../src/endpoints/sources/ngrok/machine-id.ts";
import { createSigningRequest } from "../../../src/endpoints/sources/ngrok/signing-request.ts";
import { createAuthority } from "../../rig/certificate-authority.ts";
import { certify } from "../../rig/certify.ts";
import { createNgrokScene } from "../../rig/ngrok-source.ts";
import { errorOf, failureOf } from "../../rig/rejection.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

const DAY_MS = 86_400_000;
const AUTHORITY = createAuthority();

function validity(now = Date.now()) {
  return { notBefore: now - DAY_MS, notAfter: now + 89 * DAY_MS };
}

async function makeIdentity(operatorId: string) {
  const { key, csr } = createSigningRequest();
  return toIdentity(operatorId, await certify(AUTHORITY, csr, validity()), key);
}

function filesIn(folder: string) {
  return {
    certificatePath: join(folder, "tls.crt"),
    keyPath: join(folder, "tls.key"),
    operatorIdPath: join(folder, "operator_id"),
  };
}

test("A signing request is for a new key on P-384, signed with it by SHA-384, and has an organization and no common name.", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "request");
  const { key, csr } = createSigningRequest();
  writeFileSync(path, csr);
  const shown = Bun.spawnSync(["openssl", "req", "-in", path, "-verify", "-noout", "-text", "-nameopt", "RFC2253"]);
  const text = `${shown.stdout}${shown.stderr}`;
  expect(shown.exitCode).toBe(0);
  expect(text).toMatch(/verify OK/);
  expect(text).toMatch(/Subject: O ?= ?ngrok-forward-proxy\n/);
  expect(text).toContain("secp384r1");
  expect(text).toContain("ecdsa-with-SHA384");
  expect(text).not.toContain("X509v3");
  expect(key).toStartWith("-----BEGIN EC PRIVATE KEY-----");
  for (const line of csr.trim().split("\n")) expect(line.length).toBeLessThanOrEqual(64);
  expect(createSigningRequest().key).not.toBe(key);
});

test("A request is read by a second reader of PKCS #10 whatever the length of its signature.", async () => {
  for (let times = 0; times < 20; times += 1) await certify(AUTHORITY, createSigningRequest().csr, validity());
});

test("What was saved of an identity is loaded again.", async () => {
  using folder = temporaryFolder();
  const files = filesIn(join(folder.path, "below"));
  const identity = await makeIdentity("k8sop_1");
  saveIdentity(files, identity);
  expect(loadIdentity(files, Date.now())).toEqual({ operatorId: "k8sop_1", identity });
  expect(readdirSync(join(folder.path, "below")).toSorted()).toEqual(["operator_id", "tls.crt", "tls.key"]);
});

test("An identity of which a part is missing, broken, another's or expired is none.", async () => {
  using folder = temporaryFolder();
  const files = filesIn(folder.path);
  const identity = await makeIdentity("k8sop_1");
  const load = () => loadIdentity(files, Date.now());
  expect(load()).toEqual({ operatorId: undefined, identity: undefined });
  for (const path of Object.values(files)) {
    saveIdentity(files, identity);
    rmSync(path);
    expect(load().identity).toBeUndefined();
    writeFileSync(path, " \n");
    expect(load().identity).toBeUndefined();
  }
  saveIdentity(files, identity);
  writeFileSync(files.keyPath, createSigningRequest().key);
  expect(load()).toEqual({ operatorId: "k8sop_1", identity: undefined });
  saveIdentity(files, identity);
  expect(loadIdentity(files, identity.notAfter).identity).toBeUndefined();
});

test("Wherever the writing of a renewed identity is interrupted, the old one or the new one is found whole.", async () => {
  using folder = temporaryFolder();
  const files = filesIn(folder.path);
  const [former, renewed] = [await makeIdentity("k8sop_1"), await makeIdentity("k8sop_1")];
  const { keyPath, certificatePath } = files;
  const steps = [
    () => writeFileSync(`${keyPath}.new`, renewed.key),
    () => writeFileSync(`${certificatePath}.new`, renewed.cert),
    () => renameSync(`${keyPath}.new`, keyPath),
    () => renameSync(`${certificatePath}.new`, certificatePath),
  ];
  for (let done = 0; done <= steps.length; done += 1) {
    for (const name of readdirSync(folder.path)) rmSync(join(folder.path, name));
    saveIdentity(files, former);
    for (const step of steps.slice(0, done)) step();
    expect(loadIdentity(files, Date.now()).identity).toEqual(done < 3 ? former : renewed);
  }
});

test("An identity that cannot be written leaves the former one as it was.", async () => {
  using folder = temporaryFolder();
  const files = filesIn(folder.path);
  const [former, renewed] = [await makeIdentity("k8sop_1"), await makeIdentity("k8sop_1")];
  saveIdentity(files, former);
  mkdirSync(`${files.certificatePath}.new`);
  expect(() => saveIdentity(files, renewed)).toThrow();
  expect(loadIdentity({ ...files }, Date.now()).identity).toEqual(former);
});

test.each(["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])(
  "A certificate that cannot be read (%j) is a failure.",
  (cert) => {
    const failure = failureOf(() => toIdentity("k8sop_1", cert, createSigningRequest().key));
    expect(failure.message).toContain("cannot be read");
  },
);

test("A machine's ID stays, differs between folders, and does not show the system's own.", () => {
  using folder = temporaryFolder();
  const system = join(folder.path, "machine-id");
  const own = "0123456789abcdef0123456789abcdef";
  writeFileSync(system, `${own}\n`);
  const id = findMachineId("/one", system);
  expect(findMachineId("/one", system)).toBe(id);
  expect(findMachineId("/two", system)).not.toBe(id);
  expect(id).not.toContain(own);
  expect(id).toMatch(/^[\da-f]{32}$/);
});

test("Where the system has no ID, a machine keeps a random one.", () => {
  using one = temporaryFolder();
  using other = temporaryFolder();
  const missing = join(one.path, "nowhere");
  const id = findMachineId(join(one.path, "state"), missing);
  expect(findMachineId(join(one.path, "state"), missing)).toBe(id);
  expect(findMachineId(join(other.path, "state"), missing)).not.toBe(id);
});

test("A certificate near its end is renewed with a new key, and new connections show it.", async () => {
  await using scene = await createNgrokScene();
  const { api, clock } = scene;
  api.endpoints = [{ url: "tcp://db.example:5432" }];
  api.validity = { notBefore: clock.now, notAfter: clock.now + 90 * DAY_MS };
  const source = scene.create();
  const shownCertificate = async () => {
    const { endpoints } = await source.list();
    for (const { dial } of endpoints) await errorOf(dial(new AbortController().signal));
    return scene.dials.at(-1)?.cert ?? "";
  };
  const first = await shownCertificate();
  clock.now += 59 * DAY_MS;
  expect(await shownCertificate()).toBe(first);
  expect(api.count("PATCH")).toBe(0);
  clock.now += 2 * DAY_MS;
  api.validity = { notBefore: clock.now, notAfter: clock.now + 90 * DAY_MS };
  const second = await shownCertificate();
  expect(api.count("PATCH")).toBe(1);
  const publicKeys = [first, second].map((cert) => createPublicKey(cert).export({ type: "spki", format: "pem" }));
  expect(publicKeys[0]).not.toBe(publicKeys[1]);
  expect(readFileSync(join(scene.folder, "tls.crt"), "utf8")).toBe(second);
  const end = new Date(Date.parse(new X509Certificate(second).validTo)).toISOString();
  expect(source.status()).toMatchObject({ state: "ok", certNotAfter: end, lastRenewalError: null });
  await source.list();
  expect(api.count("PATCH")).toBe(1);
});

test("A renewal that fails leaves the certificate in use, is told, and is tried again.", async () => {
  await using scene = await createNgrokScene();
  const { api, clock } = scene;
  const source = scene.create();
  await source.list();
  const before = readFileSync(join(scene.folder, "tls.crt"), "utf8");
  clock.now += 80 * DAY_MS;
  const refuse = () => new Response("not now", { status: 500 });
  const sendOld = () => Response.json({ id: "k8sop_1", binding: { cert: { cert: before } } });
  for (const answer of [refuse, sendOld]) {
    api.script = ({ method }) => (method === "PATCH" ? answer() : undefined);
    const asked = api.count("PATCH");
    await source.list();
    await source.list();
    expect(api.count("PATCH")).toBe(asked + 1);
    expect(source.status()).toMatchObject({ state: "degraded", registered: true });
    expect(source.status().lastRenewalError).not.toBeNull();
    expect(readFileSync(join(scene.folder, "tls.crt"), "utf8")).toBe(before);
    clock.now += 3_600_000;
  }
  api.script = undefined;
  api.validity = validity(clock.now);
  await source.list();
  expect(source.status()).toMatchObject({ state: "ok", lastRenewalError: null });
  expect(readFileSync(join(scene.folder, "tls.crt"), "utf8")).not.toBe(before);
});

test("With a clock that is far ahead a certificate is renewed now and then, and not at each listing.", async () => {
  await using scene = await createNgrokScene();
  const source = scene.create();
  await source.list();
  // Certificates are made by the right time: each is at its end already.
  scene.clock.now += 365 * DAY_MS;
  for (let times = 0; times < 10; times += 1) {
    await source.list();
    scene.clock.now += 30_000;
  }
  expect(scene.api.count("PATCH")).toBe(1);
  expect(scene.api.count("POST")).toBe(1);
});

test("A certificate is renewed at the next listing when that is wanted, however long it is still valid.", async () => {
  await using scene = await createNgrokScene();
  const source = scene.create();
  await source.list();
  const before = readFileSync(join(scene.folder, "tls.crt"), "utf8");
  source.wantRenewal();
  await source.list();
  await source.list();
  expect(scene.api.count("PATCH")).toBe(1);
  expect(readFileSync(join(scene.folder, "tls.crt"), "utf8")).not.toBe(before);
});

test("A renewal that has failed because the operator has vanished is forgotten once the machine is registered again.", async () => {
  await using scene = await createNgrokScene();
  const source = scene.create();
  await source.list();
  scene.clock.now += 80 * DAY_MS;
  scene.api.validity = validity(scene.clock.now);
  scene.api.operators.clear();
  await source.list();
  expect(source.status()).toMatchObject({ state: "ok", operatorId: "k8sop_2", lastRenewalError: null });
});
