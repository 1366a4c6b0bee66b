import { expect, test } from "bun:test";
import { configNameOf, normalizeConfigName, tunnelNameOf } from "../../../../src/tunnels/config/store/names.ts";

test("a name with its suffix and without is the same config", () => {
  expect(normalizeConfigName("us-east")).toBe("us-east.conf");
  expect(normalizeConfigName("us-east.conf")).toBe("us-east.conf");
});

test("the suffix counts in lower case only", () => {
  expect(normalizeConfigName("us.CONF")).toBe("us.CONF.conf");
});

test("dots, blanks and letters of any script are welcome", () => {
  for (const name of ["a.b", "new york", "zürich", "東京", "🛰", "-x", "a.txt"]) {
    expect(normalizeConfigName(name)).toBe(`${name}.conf`);
  }
});

test("a name that leaves the folder is no config's", () => {
  for (const name of ["../x", "..", "/etc/x", "a/b", "a\\b", "..\\x", "./x"]) {
    expect(normalizeConfigName(name)).toBeUndefined();
  }
});

test("a name that hides, or that the line protocol cannot carry, is none", () => {
  for (const name of ["", ".conf", ".x", "a,b", "a:b", "a\0", "a\nb", "a\tb", "a\x7f", "a\x85", "\ud800"]) {
    expect(normalizeConfigName(name)).toBeUndefined();
  }
});

test("a name with an inner suffix is none", () => {
  for (const name of ["a.conf.conf", "a.conf.bak", "a.config"]) expect(normalizeConfigName(name)).toBeUndefined();
});

test("a name has at most 200 bytes, its suffix included", () => {
  expect(normalizeConfigName("a".repeat(195))).toHaveLength(200);
  expect(normalizeConfigName("a".repeat(196))).toBeUndefined();
  expect(normalizeConfigName("ü".repeat(97))).toBeDefined();
  expect(normalizeConfigName("ü".repeat(98))).toBeUndefined();
});

test("a tunnel and its config have the same name, but for the suffix", () => {
  for (const name of ["us-east", "us-east.conf"]) {
    expect([tunnelNameOf(name), configNameOf(name)]).toEqual(["us-east", "us-east.conf"]);
  }
});
