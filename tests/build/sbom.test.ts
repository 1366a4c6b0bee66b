import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { pinnedHash } from "../../build/release/runtimes.ts";
import { sbom } from "../../build/release/sbom.ts";
import { TARGETS } from "../../build/release/targets.ts";
import packageJson from "../../package.json" with { type: "json" };

const componentSchema = v.strictObject({
  type: v.picklist(["application", "library", "platform"]),
  "bom-ref": v.string(),
  name: v.string(),
  version: v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+/)),
  description: v.optional(v.string()),
  licenses: v.array(v.strictObject({ license: v.strictObject({ id: v.string() }) })),
  purl: v.pipe(v.string(), v.startsWith("pkg:npm/")),
  hashes: v.optional(
    v.array(
      v.variant("alg", [
        v.strictObject({ alg: v.literal("SHA-512"), content: v.pipe(v.string(), v.regex(/^[\da-f]{128}$/)) }),
        v.strictObject({ alg: v.literal("SHA-256"), content: v.pipe(v.string(), v.regex(/^[\da-f]{64}$/)) }),
      ]),
    ),
  ),
});

const documentSchema = v.strictObject({
  bomFormat: v.literal("CycloneDX"),
  specVersion: v.literal("1.5"),
  serialNumber: v.pipe(v.string(), v.regex(/^urn:uuid:[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)),
  version: v.literal(1),
  metadata: v.strictObject({ component: componentSchema }),
  components: v.array(componentSchema),
  dependencies: v.array(v.strictObject({ ref: v.string(), dependsOn: v.array(v.string()) })),
});

const { metadata, components, dependencies } = v.parse(documentSchema, JSON.parse(sbom()));

test("it is about this program, with version and licence", () => {
  const { type, name, version, licenses } = metadata.component;
  expect({ type, name, version, licenses }).toEqual({
    type: "application",
    name: "wpdaemon",
    version: packageJson.version,
    licenses: [{ license: { id: "MIT" } }],
  });
});

test("it has the runtime dependencies in their exact versions, and Bun, and nothing that only builds", () => {
  const bun = packageJson.packageManager.slice("bun@".length);
  const expected = [
    ...Object.entries(packageJson.dependencies),
    ...TARGETS.map(({ runtime }) => [`@oven/${runtime}`, bun] as const),
  ];
  expect(components.map(({ purl }) => purl).sort()).toEqual(
    expected.map(([name, version]) => `pkg:npm/${name.replace("@", "%40")}@${version}`).sort(),
  );
});

test("each machine's Bun is named by the hash that a release verifies before it uses it", () => {
  const runtimes = components.filter(({ type }) => type === "platform");
  expect(runtimes.map(({ name, hashes }) => [name, hashes])).toEqual(
    TARGETS.map((target) => [`@oven/${target.runtime}`, [{ alg: "SHA-256", content: pinnedHash(target) }]]),
  );
});

test("each library has the hash that the lock file has", () => {
  const lock = readFileSync(join(import.meta.dir, "../../bun.lock"), "utf8");
  const libraries = components.filter(({ type }) => type === "library");
  expect(libraries.length).toBeGreaterThan(0);
  for (const { hashes } of libraries) {
    const [hash] = hashes ?? [];
    expect(lock).toContain(`"sha512-${Buffer.from(hash?.content ?? "", "hex").toString("base64")}"`);
  }
});

test("the graph has every component once, and leads from the program to each", () => {
  const all = [metadata.component, ...components].map((component) => component["bom-ref"]);
  expect(dependencies.map(({ ref }) => ref).sort()).toEqual(all.sort());
  const reached = new Set([metadata.component["bom-ref"]]);
  for (const ref of reached)
    for (const next of dependencies.find((one) => one.ref === ref)?.dependsOn ?? []) reached.add(next);
  expect([...reached].sort()).toEqual(all);
});

test("the same packages give the same text, without a time", () => {
  expect(sbom()).toBe(sbom());
  expect(sbom()).not.toMatch(/timestamp|\d{4}-\d\d-\d\dT/);
});
