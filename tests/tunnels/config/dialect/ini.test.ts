import { describe, expect, test } from "bun:test";
import { Failure } from "../../../../src/platform/failure.ts";
import { parseIni } from "../../../../src/tunnels/config/dialect/ini.ts";

/** What `key` is worth in a section that holds `lines`. */
function readOne(lines: string, key = "k"): string | undefined {
  return parseIni(`[s]\n${lines}`, "a.conf")[1]?.keys.find(({ name }) => name === key)?.value;
}

function failureOf(text: string): Failure {
  try {
    parseIni(text, "a.conf");
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("sections and keys", () => {
  test("sections and keys keep their order, their lines and their spelling", () => {
    expect(parseIni("t = 1\n\n[Peer]\nA: 2\n[peer]\nB=3\n", "a.conf")).toMatchObject([
      { name: "", line: 1, keys: [{ name: "t", value: "1", line: 1 }] },
      { name: "Peer", line: 3, keys: [{ name: "A", value: "2", line: 4 }] },
      { name: "peer", line: 5, keys: [{ name: "B", value: "3", line: 6 }] },
    ]);
  });

  test("the first separator of either kind divides key and value", () => {
    expect(readOne("k = a:b=c")).toBe("a:b=c");
    expect(readOne("k : a=b:c")).toBe("a=b:c");
  });

  test("a repeated key is recorded with the line whose value counts, letter case ignored", () => {
    expect(parseIni("[s]\nKey = 1\nkey = 2\nKEY = 3\n", "a.conf")[1]?.keys).toEqual([
      { name: "Key", value: "1", line: 2 },
      { name: "key", value: "2", line: 3, duplicateOf: 2 },
      { name: "KEY", value: "3", line: 4, duplicateOf: 2 },
    ]);
  });

  test("a key may stand in quotes", () => {
    expect(readOne('"k" = 1')).toBe("1");
    expect(readOne("`k`=1")).toBe("1");
    expect(readOne('"""k""" = 1')).toBe("1");
    expect(readOne('"a=b" = 1', "a=b")).toBe("1");
  });

  test("keys called - are numbered, and so no repetitions", () => {
    expect(parseIni("- = a\n- = b", "a.conf")[0]?.keys.map(({ name }) => name)).toEqual(["#1", "#2"]);
  });

  test("everything up to the last bracket is the section's name, blanks included", () => {
    const names = parseIni("[ a ]\n[b] x\n[c] # ]\n", "a.conf").map(({ name }) => name);
    expect(names).toEqual(["", " a ", "b", "c] # "]);
  });

  test("a byte order mark, CRLF and blanks of Unicode are tolerated", () => {
    expect(parseIni("\uFEFF[s]\r\n\u00a0k\u0085=\u3000v\u00a0\r\n", "a.conf")).toMatchObject([
      { name: "" },
      { name: "s", keys: [{ name: "k", value: "v" }] },
    ]);
  });

  test("an empty text has a top and nothing else", () => {
    expect(parseIni("", "a.conf")).toMatchObject([{ name: "", keys: [] }]);
  });
});

describe("values", () => {
  test("a comment begins at # or ;, a blank before it or not", () => {
    expect(readOne("# k = 0\n ; k = 0\nk = a#b")).toBe("a");
    expect(readOne("k = a ; b")).toBe("a");
    expect(readOne("k = #")).toBe("");
  });

  test("backticks and triple quotes protect comment signs, up to the last such quote on the line", () => {
    expect(readOne("k = `a#b` rest")).toBe("a#b");
    expect(readOne('k = """a;b"""')).toBe("a;b");
    expect(readOne("k = `a` # `b` c")).toBe("a` # `b");
  });

  test("backticks and triple quotes go over several lines", () => {
    expect(readOne("k = `a\n  b\nc` # d\nl = 1")).toBe("a\n  b\nc");
    expect(readOne("k = `a\n  b\nc` # d\nl = 1", "l")).toBe("1");
  });

  test("one pair of plain quotes around the value goes, after the comment went", () => {
    expect(readOne('k = "a b" # c')).toBe("a b");
    expect(readOne("k = 'a'")).toBe("a");
    expect(readOne('k = "a#b"')).toBe('"a');
    expect(readOne('k = "a"b"')).toBe('"a"b"');
    expect(readOne(`k = "a'`)).toBe(`"a'`);
    expect(readOne("k = '")).toBe("'");
    expect(readOne('k = """')).toBe('"""');
  });

  test("a backslash at the end continues the line, comments and quotes included", () => {
    expect(readOne("k = a\\\n  b # c")).toBe("ab # c");
    expect(readOne('k = "a\\\nb"')).toBe('"ab"');
    expect(readOne("k = a\\\nb\\\nc\nl = 1")).toBe("abc");
    expect(readOne("k = a\\\n\nl = 1", "l")).toBe("1");
    expect(readOne("k = a\\")).toBe("a");
  });

  test("references are replaced from the same section, then from the top", () => {
    const text = "x = top\ny = top\n[s]\nx = own\nk = %(X)s %(y)s\n";
    expect(parseIni(text, "a.conf")[1]?.keys[1]?.value).toBe("own top");
  });

  test("a reference to itself looks at the top; one without a target stops the rest", () => {
    expect(parseIni("k = top\n[s]\nk = %(k)s!", "a.conf")[1]?.keys[0]?.value).toBe("top!");
    expect(readOne("k = %(k)s")).toBe("%(k)s");
    expect(readOne("a = 1\nk = %(none)s%(a)s")).toBe("%(none)s%(a)s");
    expect(readOne("a = 1\nk = %()s%(a)s")).toBe("%()s1");
  });

  test("references to references end, and are stopped before they fill the memory", () => {
    expect(readOne("a = %(b)s\nb = %(a)s\nk = %(a)s")).toBe("%(b)s");
    const chain = Array.from({ length: 60 }, (_, index) => `a${index} = %(a${index + 1})s%(a${index + 1})s`);
    expect(failureOf(`${chain.join("\n")}\na60 = x\n`).message).toMatch(/^a\.conf:\d+: the references/);
  });
});

describe("what is no such file", () => {
  const secret = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk";
  const cases = {
    "a line without separator": [`[s]\n${secret}\n`, "a.conf:2: neither = nor : on the line"],
    "a section without bracket": [`\n\n[${secret}\n`, "a.conf:3: the section's closing ] is missing"],
    "a section without name": ["[]\n", "a.conf:1: the section has no name"],
    "a separator without key": [`= ${secret}\n`, "a.conf:1: no key before the separator"],
    "an open quote around a key": [`"${secret} = 1\n`, "a.conf:1: the quote around the key is never closed"],
    "an open quote around a value": [
      `a = 1\nk = \`${secret}\n\n`,
      "a.conf:2: the quote that opens here is never closed",
    ],
  };
  for (const [name, [text = "", message]] of Object.entries(cases)) {
    test(`${name} is refused by its place, and the text is not repeated`, () => {
      const failure = failureOf(text);
      expect({ code: failure.code, message: failure.message }).toEqual({
        code: "config-invalid",
        message: message ?? "",
      });
      expect(failure.hint).toBeString();
      expect(`${failure.message} ${failure.hint}`).not.toContain(secret);
    });
  }
});

// A parser that goes back for every character would take hours, and the time limit of a test would tell.
test("a megabyte of the worst text is read in one go, or refused", () => {
  for (const piece of ["%(", "[s]\n", "a=\n", "a=%(b)s\n", "k=`", "a=\\\n", "#", " "]) {
    try {
      parseIni(piece.repeat(Math.floor(1024 ** 2 / piece.length)), "a.conf");
      parseIni(`a = ${piece.repeat(Math.floor(1024 ** 2 / piece.length))}`, "a.conf");
    } catch (error) {
      expect(error).toBeInstanceOf(Failure);
    }
  }
});

test("a file with more sections than any tunnel needs is refused", () => {
  expect(parseIni("[Peer]\n".repeat(4_096), "a.conf")).toHaveLength(4_097);
  expect(() => parseIni("[Peer]\n".repeat(4_097), "a.conf")).toThrow("a.conf:4097: more than 4096 sections");
});

test("a file of more lines than any tunnel needs is refused at once", () => {
  expect(parseIni("# x\n".repeat(10_000), "a.conf")).toHaveLength(1);
  expect(() => parseIni("# x\n".repeat(10_001), "a.conf")).toThrow("a.conf:10001: more than 10000 lines");
});
