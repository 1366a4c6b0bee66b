import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as v from "valibot";
import packageJson from "../../package.json" with { type: "json" };
import { pinnedHash } from "./runtimes.ts";
import { TARGETS } from "./targets.ts";

const ROOT = resolve(import.meta.dir, "../..");

const manifestSchema = v.object({ name: v.string(), version: v.string(), license: v.string() });

const lockSchema = v.object({
  packages: v.record(
    v.string(),
    v.looseTuple([
      v.string(),
      v.string(),
      v.object({ dependencies: v.optional(v.record(v.string(), v.string()), {}) }),
      v.optional(v.string()),
    ]),
  ),
});

/**
 * What the executables are made of, as a CycloneDX 1.5 document: ourselves, our runtime dependencies as they are installed,
 * and Bun, one for each kind of machine, by the hash of its executable. The same packages give the same text: it bears no time, and its serial number comes from its content.
 * @throws Error where a package is not installed as bun.lock has it.
 */
export function sbom(): string {
  const { name, version, license, description, packageManager } = packageJson;
  const packages = collectPackages();
  const runtimes = TARGETS.map((target) => ({
    ...describePackage(`@oven/${target.runtime}`, packageManager.replace("bun@", ""), "MIT"),
    type: "platform",
    hashes: [{ alg: "SHA-256", content: pinnedHash(target) }],
  }));
  const self = { ...describePackage(name, version, license), type: "application", description };
  const document = {
    version: 1,
    metadata: { component: self },
    components: [...packages.map(({ component }) => component), ...runtimes],
    dependencies: [
      {
        ref: self["bom-ref"],
        dependsOn: [
          ...refsOf(Object.keys(packageJson.dependencies), packages),
          ...runtimes.map((runtime) => runtime["bom-ref"]),
        ].sort(),
      },
      ...packages.map(({ component, dependencies }) => ({
        ref: component["bom-ref"],
        dependsOn: refsOf(dependencies, packages),
      })),
      ...runtimes.map((runtime) => ({ ref: runtime["bom-ref"], dependsOn: [] })),
    ],
  };
  const head = { bomFormat: "CycloneDX", specVersion: "1.5", serialNumber: nameByContent(JSON.stringify(document)) };
  return `${JSON.stringify({ ...head, ...document }, undefined, 2)}\n`;
}

interface Package {
  readonly component: ReturnType<typeof describePackage>;
  readonly dependencies: readonly string[];
}

/** Our dependencies and theirs, sorted by name. */
function collectPackages(): readonly Package[] {
  const { packages: locked } = v.parse(lockSchema, Bun.JSONC.parse(readFileSync(join(ROOT, "bun.lock"), "utf8")));
  const found = new Map<string, Package>();
  const wanted = Object.keys(packageJson.dependencies);
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (found.has(name)) continue;
    const { version, license } = readManifest(name);
    const entry = locked[name];
    if (entry?.[0] !== `${name}@${version}`) {
      throw new Error(`${name} ${version} is installed, but bun.lock has ${entry?.[0] ?? "none"}`);
    }
    const [, , { dependencies }, integrity] = entry;
    found.set(name, {
      component: { ...describePackage(name, version, license), ...describeHash(integrity) },
      dependencies: Object.keys(dependencies),
    });
    wanted.push(...Object.keys(dependencies));
  }
  return [...found.values()].sort((one, other) => (one.component.purl < other.component.purl ? -1 : 1));
}

function readManifest(name: string) {
  return v.parse(manifestSchema, JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")));
}

function describePackage(name: string, version: string, license: string) {
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  return { type: "library", "bom-ref": purl, name, version, licenses: [{ license: { id: license } }], purl };
}

/** @param integrity of the package's archive, as `sha512-` and base64. */
function describeHash(integrity: string | undefined) {
  if (integrity === undefined || !integrity.startsWith("sha512-")) return {};
  const content = Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex");
  return { hashes: [{ alg: "SHA-512", content }] };
}

function refsOf(names: readonly string[], packages: readonly Package[]): readonly string[] {
  return packages
    .filter(({ component }) => names.includes(component.name))
    .map(({ component }) => component["bom-ref"]);
}

/** A UUID of version 8, whose bits are its maker's to choose: RFC 9562, 5.8. */
function nameByContent(content: string): string {
  const hex = new Bun.CryptoHasher("sha256").update(content).digest("hex");
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
