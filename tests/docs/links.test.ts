import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { PAGES, ROOT, readPage } from "./read-page.ts";

const PAGE_LIST = PAGES.map(readPage);

test("every link from one page to another leads to a file and a heading that exist", () => {
  const dead = PAGE_LIST.flatMap(({ path, links }) =>
    links.filter((link) => !/^(https?|mailto):/.test(link) && !leads(path, link)).map((link) => `${path}: ${link}`),
  );
  expect(dead).toEqual([]);
});

test("every file of the repository that a page names exists", () => {
  const missing = PAGE_LIST.filter(({ path }) => path !== "CHANGELOG.md").flatMap(({ path, words }) =>
    words
      .filter((word) => /^(src|tests|build|docs)\/[\w./-]*$/.test(word) && !isThere(word))
      .map((word) => `${path}: ${word}`),
  );
  expect(missing).toEqual([]);
});

test("no page names a folder outside of the repository that is not a user's or the system's own", () => {
  const known = ["api", "bin", "cgroup", "dev", "etc", "home", "log", "metrics", "opt", "proc", "readyz", "socket"];
  const more = ["tmp", "usr", "v1", "var", "run", "path", "list", "stop"];
  const odd = PAGE_LIST.flatMap(({ path, text }) =>
    [...text.matchAll(/(?<![\w.~:/})>*-])\/([a-z][a-z0-9]+)\/[a-z]/g)]
      .filter(([, first = ""]) => ![...known, ...more].includes(first))
      .map(([found]) => `${path}: ${found}`),
  );
  expect(odd).toEqual([]);
});

test("every heading of a protocol page that the code cites exists", async () => {
  const files = new Bun.Glob("{src,tests}/**/*.ts").scanSync(ROOT);
  const dead: string[] = [];
  for (const file of files) {
    const text = (await Bun.file(join(ROOT, file)).text()).replace(/\n\s*(\*|\/\/) ?/g, " ");
    for (const [cited, page = "", heading = ""] of text.matchAll(
      /docs\/protocols\/(\w+)\.md, ((?:[A-Z]|[a-z]+_|whoami|state)[\w' -]*)/g,
    )) {
      const known = headingsOf(`docs/protocols/${page}.md`);
      if (!known.some((each) => heading.startsWith(each))) dead.push(`${file}: ${cited}`);
    }
  }
  expect(dead).toEqual([]);
});

function headingsOf(path: string): readonly string[] {
  return [...(PAGE_LIST.find((page) => page.path === path)?.text ?? "").matchAll(/^## (.+)$/gm)].map(
    ([, name = ""]) => name,
  );
}

function leads(from: string, link: string): boolean {
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? from : relative(ROOT, join(ROOT, dirname(from), file));
  if (target.startsWith("..") || !existsSync(join(ROOT, target))) return false;
  return anchor === undefined || (PAGE_LIST.find(({ path }) => path === target)?.anchors.has(anchor) ?? false);
}

/** Whether a path that a page names is there; one with capitals in it stands for a name of the reader's choice. */
function isThere(path: string): boolean {
  return (
    /[A-Z…*{]/.test(path.replace(/\b(README|CONTRIBUTING|CHANGELOG|SECURITY|ARCHITECTURE|Makefile)\b/g, "")) ||
    existsSync(join(ROOT, path))
  );
}
