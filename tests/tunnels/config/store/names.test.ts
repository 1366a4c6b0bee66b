import { expect, test } from "bun:test";
import {
  configNameOf,
  nameAfter,
  normalizeConfigName,
  tunnelNameOf,
} from "../../../../src/tunnels/config/store/names.ts";

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

test("a config that is brought gets a name that can be asked for, whatever its file is called", () => {
  const names = {
    "us-east.conf": "us-east",
    "us.conf.txt": "us",
    "us.conf (1)": "us",
    "us (2).conf": "us (2)",
    "US.CONF": "US",
    "New York, NY: fast.conf": "New York- NY- fast",
    "wg\\us.conf": "wg-us",
    ".wg0.conf": "wg0",
    "a.conf.bak.conf": "a-conf.bak",
    "Zu\u0308rich.conf": "Z\u00fcrich",
  };
  for (const [file, name] of Object.entries(names)) {
    expect(nameAfter(file)).toBe(name);
    expect(normalizeConfigName(name)).toBe(`${name}.conf`);
  }
  expect(nameAfter(`${"\u00fc".repeat(150)}.conf`)).toBe("\u00fc".repeat(97));
});
