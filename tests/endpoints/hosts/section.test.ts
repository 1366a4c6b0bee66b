import { describe, expect, test } from "bun:test";
import { editSection, findConflicts, isHostsName } from "../../../src/endpoints/hosts/section.ts";
import { fc } from "../../rig/properties.ts";

const OPTIONS = { isOurs: (ip: string) => ip.startsWith("127.107."), takesOver: true };
const APP = { ip: "127.107.0.2", hostname: "app.example" };
const DB = { ip: "127.107.0.3", hostname: "db.example" };
const NOTE = "# wpdaemon has written this section; what is changed within it is lost.";

describe("the section of a hosts file", () => {
  test("comes to the end of a file, below one empty line, in the order of the names", () => {
    expect(edit("127.0.0.1\tlocalhost\n", DB, APP)).toBe(
      [
        "127.0.0.1\tlocalhost",
        "",
        "# BEGIN wpdaemon endpoints",
        "# wpdaemon has written this section and the empty line above it; what is changed within it is lost.",
        "127.107.0.2\tapp.example",
        "127.107.0.3\tdb.example",
        "# END wpdaemon endpoints",
        "",
      ].join("\n"),
    );
  });

  test("is changed where it stands, and all around it stays", () => {
    const file = (lines: string) =>
      `127.0.0.1 localhost \t\n\n# BEGIN wpdaemon endpoints\n${NOTE}\n${lines}# END wpdaemon endpoints\n\n# mine\n::1 localhost\n`;
    expect(edit(file("127.107.0.2\tapp.example\n"), DB)).toBe(file("127.107.0.3\tdb.example\n"));
  });

  test("is the same again for the same names in another order", () => {
    const once = edit("127.0.0.1 localhost\n", APP, DB);
    expect(edit(once, DB, APP)).toBe(once);
  });

  test("that has no end costs nobody a line", () => {
    const file = "# BEGIN wpdaemon endpoints\n127.107.0.2\tapp.example\n10.0.0.1\tmine.example\n::1 localhost\n";
    expect(edit(file, DB)).toBe(
      `# BEGIN wpdaemon endpoints\n${NOTE}\n127.107.0.3\tdb.example\n# END wpdaemon endpoints\n10.0.0.1\tmine.example\n::1 localhost\n`,
    );
    expect(editSection(file, [DB], OPTIONS).warnings).toEqual([
      "the section from line 1 on had no end: what looked like ours was taken for it",
    ]);
  });

  test("that has an end alone loses that line", () => {
    expect(edit("10.0.0.1 mine\n# END wpdaemon endpoints\n::1 localhost\n")).toBe("10.0.0.1 mine\n::1 localhost\n");
  });

  test("becomes one where there were two, at the place of the first", () => {
    const section = (line: string) => `# BEGIN wpdaemon endpoints\n${NOTE}\n${line}\n# END wpdaemon endpoints\n`;
    const file = `a\n${section("127.107.0.2\tapp.example")}b\n${section("127.107.0.9\told.example")}c\n`;
    expect(edit(file, APP)).toBe(`a\n${section("127.107.0.2\tapp.example")}b\nc\n`);
  });

  test("of an ngrokd is taken over where that is asked for, and left alone otherwise", () => {
    const file = "a\n\n# BEGIN ngrokd managed section\n10.107.0.2\told.example\n# END ngrokd managed section\n";
    expect(edit(file, APP)).toBe(
      `a\n\n# BEGIN wpdaemon endpoints\n${NOTE}\n127.107.0.2\tapp.example\n# END wpdaemon endpoints\n`,
    );
    expect(editSection(file, [APP], { ...OPTIONS, takesOver: false }).text).toStartWith(file);
  });

  test("has the line ends of the file", () => {
    const text = edit("127.0.0.1 localhost\r\n::1 localhost\r\n", APP);
    expect(text.replaceAll("\r\n", "")).not.toContain("\n");
    expect(edit(text)).toBe("127.0.0.1 localhost\r\n::1 localhost\r\n");
  });

  test.each([
    "",
    "\n",
    "127.0.0.1 localhost",
    "127.0.0.1 localhost\n",
    "a\n\n",
    "a\n\n\n",
    "a\r\n",
    " \t",
    "\r",
    "\r\n\r\n",
  ])("that is removed leaves the file %j as it was", (file) => {
    expect(edit(edit(edit(file, APP), DB, APP))).toBe(file);
  });

  test("keeps a line of 1 MiB", () => {
    const file = `${"x".repeat(1_048_576)}\n`;
    expect(edit(file, APP)).toStartWith(file);
  });

  test("whatever the file is and whatever is mapped, not a byte outside of the section is changed, nor any when it goes", () => {
    fc.assert(
      fc.property(
        FILE,
        fc.array(LINE, { maxLength: 6 }),
        fc.array(LINE, { minLength: 1, maxLength: 6 }),
        (file, one, other) => {
          const first = edit(file, ...one);
          const second = edit(first, ...other);
          expect(edit(second, ...other)).toBe(second);
          const outside = withoutMarkers(file);
          expect(withoutSection(second, outside)).toBe(true);
          if (!/(BEGIN|END) (wpdaemon endpoints|ngrokd managed)/.test(file)) expect(edit(second)).toBe(file);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

test("a line that maps one of our names to another address is a conflict, whatever its letters", () => {
  const file = edit("10.0.0.1 web App.Example # app\n# 10.0.0.2 app.example\n127.107.0.3 db.example\n", APP, DB);
  expect(findConflicts(file, [APP, DB], OPTIONS)).toEqual([{ hostname: "app.example", address: "10.0.0.1", line: 1 }]);
});

test.each([
  ["app.example", true],
  ["my_app.example-1.com", true],
  ["app", true],
  ["*.example", false],
  ["-app.example", false],
  ["app.example\n10.0.0.1 bank.example", false],
  ["a..b", false],
  ["", false],
  ["ä.example", false],
  [`${"a".repeat(64)}.example`, false],
  [`${"a.".repeat(127)}aa`, false],
])("the name %j may stand in a hosts file: %p", (hostname, isValid) => {
  expect(isHostsName(hostname)).toBe(isValid);
});

const MARKERS = [
  "# BEGIN wpdaemon endpoints",
  "# END wpdaemon endpoints",
  "# BEGIN ngrokd managed section",
  "# END ngrokd managed section",
];

/** Hosts files of every kind, in bytes as characters. */
const FILE = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc.constantFrom(
          ...MARKERS,
          "",
          "",
          "127.0.0.1 localhost",
          "127.107.0.9\told.example",
          " # END wpdaemon endpoints ",
        ),
        fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 30 }),
      ),
      fc.constantFrom("\n", "\n", "\r\n", ""),
    ),
    { maxLength: 12 },
  )
  .map((lines) => lines.flat().join(""));

const LINE = fc.record({
  ip: fc.integer({ min: 2, max: 250 }).map((last) => `127.107.0.${last}`),
  hostname: fc.stringMatching(/^[a-z]{1,8}\.example$/),
});

function edit(text: string, ...lines: readonly { readonly ip: string; readonly hostname: string }[]): string {
  return editSection(text, lines, OPTIONS).text;
}

/** The lines that stand in no section, as a reader of the file sees them. */
function withoutMarkers(file: string): readonly string[] {
  const kept: string[] = [];
  const lines = file.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const kind = MARKERS.indexOf(line.trim());
    if (kind === -1) {
      kept.push(line);
      continue;
    }
    if (kind % 2 === 1) continue;
    const next = lines.findIndex((other, place) => place > index && MARKERS.includes(other.trim()));
    if (lines[next]?.trim() === MARKERS[kind + 1]) index = next;
  }
  return kept;
}

/** Whether these lines are all there in their order, those alone left out that look like ours. */
function withoutSection(text: string, outside: readonly string[]): boolean {
  const isOurs = (line: string) => /^127\.107\.[\d.]+\t\S+$/.test(line.trim());
  let at = 0;
  for (const line of outside.filter((one) => !isOurs(one))) {
    const found = text.indexOf(line, at);
    if (found === -1) return false;
    at = found + line.length;
  }
  return true;
}
