import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NAMES } from "../../src/cli/commands.ts";
import { CHECKS } from "../../src/cli/doctor/examine.ts";
import { loadSettings } from "../../src/daemon/settings.ts";
import { EVENT_TYPES } from "../../src/events/event-types.ts";
import { FAILURE_CODES, Failure } from "../../src/platform/failure.ts";
import { pathsBelow } from "../../src/platform/files/paths.ts";
import { SIGNALS } from "../../src/tunnels/health/signals.ts";
import { VOCABULARY } from "../../src/tunnels/linksocks/vocabulary.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { PAGES, ROOT, readPage } from "./read-page.ts";

const texts = new Map(PAGES.map((path) => [path, readPage(path).text]));
const sources = await Promise.all(
  [...new Bun.Glob("src/**/*.ts").scanSync(ROOT)].map(async (path) => ({ path, text: await textOf(path) })),
);

test("events.md has a heading for every type of event", () => {
  const text = textOfPage("docs/protocols/events.md");
  expect(Object.keys(EVENT_TYPES).filter((type) => !text.includes(`\n## ${type}\n`))).toEqual([]);
});

test("README.md names every verb of the command line", () => {
  const text = textOfPage("README.md");
  const words = new Set(NAMES.flatMap((name) => name.split(" ")));
  expect([...words].filter((word) => !new RegExp(`\\b${word}\\b`).test(text))).toEqual([]);
});

test("control.md names every code of an error and every route", () => {
  const text = textOfPage("docs/protocols/control.md");
  expect(FAILURE_CODES.filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
  const routes = sources
    .filter(({ path }) => path.startsWith("src/api/control/"))
    .flatMap(({ text: source }) => [...source.matchAll(/"(?:GET|POST) (\/[\w/{}.-]+)"/g)].map(([, path = ""]) => path));
  expect(routes.length).toBeGreaterThan(15);
  expect(routes.filter((path) => !text.includes(path.split("{name}").at(-1) || path))).toEqual([]);
});

test("control.md names every figure for Prometheus", () => {
  const metrics = sources.find(({ path }) => path.endsWith("/metrics.ts") && path.startsWith("src/api"))?.text ?? "";
  const names = [...metrics.matchAll(/\[\s*"([a-z_]+)",\s*["A-Z]/g)].map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(10);
  const text = textOfPage("docs/protocols/control.md");
  expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});

test("linksocks.md names every key of a LinkSocks config", () => {
  const text = textOfPage("docs/linksocks.md");
  const keys = Object.values(VOCABULARY.sections).flat();
  expect(keys.filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
});

test("some page names every variable of the environment that is read", () => {
  const names = new Set(sources.flatMap(({ text }) => text.match(/\bWPDAEMON_[A-Z_]+\b|\bARGUS_HOME\b/g) ?? []));
  const all = [...texts.values()].join("\n");
  expect(names.size).toBeGreaterThan(4);
  expect([...names].filter((name) => !all.includes(name))).toEqual([]);
});

test("the troubleshooting page names every check of doctor and every code of an error", () => {
  const text = textOfPage("docs/troubleshooting.md");
  expect(Object.keys(CHECKS).filter((name) => !text.includes(`\n| ${name} |`))).toEqual([]);
  expect(FAILURE_CODES.filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
});

test("every message that the troubleshooting page quotes is one of the program's", () => {
  const rows = textOfPage("docs/troubleshooting.md").matchAll(/^\| [^|]+ \| `([^`]+)` \|/gm);
  const parts = [...rows].flatMap(([, message = ""]) => message.split("…").map((part) => part.trim()));
  const long = parts.filter((part) => part.length > 6);
  expect(long.length).toBeGreaterThan(30);
  expect(long.filter((part) => !sources.some(({ text }) => text.includes(part)))).toEqual([]);
});

test("every error text that line.md promises is one of the program's", () => {
  const text = textOfPage("docs/protocols/line.md");
  const section = text.slice(text.indexOf("\n## Errors"), text.indexOf("\n## Timing"));
  const parts = [...section.matchAll(/^\| `([^`:…]+)/gm)].map(([, message = ""]) => message.replace(/ spin_up$/, ""));
  const long = parts.map((part) => part.trim()).filter((part) => part.length > 6);
  expect(long.length).toBeGreaterThan(8);
  expect(long.filter((part) => !sources.some(({ text: source }) => source.includes(part)))).toEqual([]);
});

test("tunnels-and-settings.md has a row for every setting", () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, "wpdaemon"));
  writeFileSync(join(folder.path, "wpdaemon/config.yaml"), "- no section\n");
  const hint = captureHint(() => loadSettings(pathsBelow(folder.path), {}, {}));
  const keys = [...hint.matchAll(/([\w.]+) \(([^)]+)\)/g)].flatMap(([, section = "", names = ""]) =>
    names.split(", ").map((name) => `${section}.${name}`),
  );
  expect(keys.length).toBeGreaterThan(10);
  const text = textOfPage("docs/tunnels-and-settings.md");
  expect(keys.filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
});

test("health-and-recovery.md has a row for every signal", () => {
  const text = textOfPage("docs/health-and-recovery.md");
  const names = Object.values(SIGNALS).flatMap((part) => Object.keys(part));
  expect(names.filter((name) => !text.includes(`\n| ${name} |`))).toEqual([]);
});

test("ARCHITECTURE.md says what each room of the house is for", () => {
  const text = textOfPage("docs/ARCHITECTURE.md");
  const folders = new Set(
    sources.flatMap(({ path }) => /^src\/(?:(?:api|tunnels)\/)?[a-z]+(?=\/)/.exec(path)?.[0] ?? []),
  );
  expect(folders.size).toBeGreaterThan(12);
  expect([...folders].filter((folder) => !text.includes(`${folder.split("/").at(-1)}/\``))).toEqual([]);
});

test("neither Python client in events.md is longer than 15 lines", () => {
  const clients = readPage("docs/events.md").blocks.filter(({ language }) => language === "python");
  expect(clients.map(({ text }) => text.split("\n").length).filter((lines) => lines > 15)).toEqual([]);
  expect(clients.length).toBe(2);
});

function captureHint(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure && error.hint !== undefined) return error.hint;
    throw error;
  }
  throw new Error("it was accepted");
}

function textOfPage(path: string): string {
  return texts.get(path) ?? "";
}

function textOf(path: string): Promise<string> {
  return Bun.file(join(ROOT, path)).text();
}
