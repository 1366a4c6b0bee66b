import { expect, test } from "bun:test";
import { dirname, join, normalize } from "node:path";
import { Glob } from "bun";

/** The house from the roof to the ground, as docs/ARCHITECTURE.md draws it. Rooms in one row do not know each other. */
const FLOORS = [
  ["main.ts"],
  ["cli"],
  ["daemon"],
  ["api/line", "api/control", "api/stream", "api/ngrokd", "api/health"],
  ["api/http"],
  ["tunnels/argus-slot.ts"],
  ["tunnels/manager.ts", "tunnels/idle-answers.ts"],
  ["tunnels/life"],
  ["tunnels/health", "tunnels/kinds.ts"],
  ["tunnels/KIND"],
  ["tunnels/driver"],
  ["tunnels/config"],
  ["linksocks", "viewer", "endpoints"],
  ["events"],
  ["net"],
  ["platform"],
] as const;

const SOURCES = join(import.meta.dir, "../../src");
const imports = await readImports();

test("a room imports only from floors below its own", () => {
  const wrong = [...imports].flatMap(([file, targets]) =>
    targets.filter((target) => !mayImport(file, target)).map((target) => `${file} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});

test("no chain of imports leads back to where it began", () => {
  const finished = new Set<string>();
  const circles = [...imports.keys()].flatMap((file) => findCircle(file, [], finished) ?? []);
  expect(circles).toEqual([]);
});

function mayImport(file: string, target: string): boolean {
  const [own, other] = [placeOf(file), placeOf(target)];
  return own.room === other.room || own.floor < other.floor;
}

function placeOf(file: string): { readonly floor: number; readonly room: string } {
  for (const [floor, rooms] of FLOORS.entries()) {
    const room = rooms.find((name) => file === name || file.startsWith(`${name}/`));
    if (room !== undefined) return { floor, room };
  }
  // Every other folder there is a kind of tunnel, and no kind knows another.
  const [kind] = /^tunnels\/[^/]+(?=\/)/.exec(file) ?? [];
  if (kind !== undefined) return { floor: FLOORS.findIndex(([room]) => room === "tunnels/KIND"), room: kind };
  throw new Error(`${file} stands in no room of the house`);
}

function findCircle(file: string, way: readonly string[], finished: Set<string>): string | undefined {
  if (way.includes(file)) return [...way.slice(way.indexOf(file)), file].join(" → ");
  if (finished.has(file)) return undefined;
  for (const target of imports.get(file) ?? []) {
    const circle = findCircle(target, [...way, file], finished);
    if (circle !== undefined) return circle;
  }
  finished.add(file);
  return undefined;
}

/** Types, values and `import()` alike: a floor must not even know the words of the one above. */
async function readImports(): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for await (const file of new Glob("**/*.ts").scan(SOURCES)) {
    const text = await Bun.file(join(SOURCES, file)).text();
    const targets = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+\.ts)"/g)];
    found.set(
      file,
      targets.map(([, specifier = ""]) => normalize(join(dirname(file), specifier))),
    );
  }
  return found;
}
