import { describe, expect, test } from "bun:test";
import { type ConfigChange, deriveConfig } from "../../../src/tunnels/config/derive.ts";
import { failureOf } from "../../rig/rejection.ts";
import { parse, sampleConfig } from "../wireproxy/config/sample-config.ts";

const FILE = "/confs/us-east.conf";

function derive(text: string, change: Omit<ConfigChange, "file">): string {
  return deriveConfig(text, { file: FILE, ...change });
}

/** The lines of a section `[Socks5]` whose first line is moved to port 2. */
function move(lines: string): string {
  const moveListeners = new Map([[2, "127.0.0.1:2"]]);
  return derive(`[Socks5]\n${lines}`, { moveListeners }).slice("[Socks5]\n".length);
}

describe("a listener that moves", () => {
  test.each([
    ["BindAddress = 127.0.0.1:1\n", "BindAddress = 127.0.0.1:2\n"],
    ["BindAddress = 127.0.0.1:1", "BindAddress = 127.0.0.1:2"],
    ["  bindADDRESS:127.0.0.1:1\t# here\r\n", "  bindADDRESS:127.0.0.1:2\t# here\r\n"],
    ['"BindAddress" = 127.0.0.1:1;x', '"BindAddress" = 127.0.0.1:2;x'],
    ['BindAddress = "127.0.0.1:1" ; x', 'BindAddress = "127.0.0.1:2" ; x'],
    ["BindAddress = '127.0.0.1:1'", "BindAddress = '127.0.0.1:2'"],
    ["BindAddress = `127.0.0.1:1` dropped", "BindAddress = `127.0.0.1:2` dropped"],
    ['BindAddress = """127.0.0.1:1"""# x\n', 'BindAddress = """127.0.0.1:2"""# x\n'],
    ["BindAddress = $WHERE # x", "BindAddress = 127.0.0.1:2 # x"],
    ["BindAddress = %(Where)s\nWhere = 127.0.0.1:1\n", "BindAddress = 127.0.0.1:2\nWhere = 127.0.0.1:1\n"],
    ["BindAddress =\n", "BindAddress =127.0.0.1:2\n"],
    ["BindAddress = # x\n", "BindAddress = 127.0.0.1:2# x\n"],
  ])("%j keeps all but its value", (before, after) => {
    expect(move(before)).toBe(after);
  });

  test.each([
    ["BindAddress = 127.0.0.1\\\n :1\nUsername = u\n", "BindAddress = 127.0.0.1:2\n\nUsername = u\n"],
    ["BindAddress = 127.0.0.1:1\\\n\nUsername = u\n", "BindAddress = 127.0.0.1:2\n\nUsername = u\n"],
    ["BindAddress = `127.0.0.1:1\n` # x\nUsername = u\n", "BindAddress = `127.0.0.1:2` # x\n\nUsername = u\n"],
  ])("a listener that moves: %j over several lines leaves the others on theirs", (before, after) => {
    expect(move(before)).toBe(after);
  });

  test("a listener that moves takes repetitions that say the same along, and no others", () => {
    expect(move("BindAddress = a:1\nbindaddress = a:1\nBindAddress = a:3\n")).toBe(
      "BindAddress = 127.0.0.1:2\nbindaddress = 127.0.0.1:2\nBindAddress = a:3\n",
    );
  });

  test("a listener that moves leaves what referred to it as it was", () => {
    expect(move("BindAddress = 127.0.0.1:1\nUsername = at %(BindAddress)s # x\n")).toBe(
      "BindAddress = 127.0.0.1:2\nUsername = at 127.0.0.1:1 # x\n",
    );
  });

  test("a listener that moves is one of many, told by its line", () => {
    const section = (port: number) => `[Socks5]\nBindAddress = 127.0.0.1:${port}\n`;
    const moveListeners = new Map([
      [4, "127.0.0.1:22"],
      [6, "[::1]:33"],
    ]);
    expect(derive(section(1) + section(2) + section(3), { moveListeners })).toBe(
      section(1) + section(22) + section(3).replace("127.0.0.1:3", "[::1]:33"),
    );
  });

  test("a listener that moves cannot be one that is not there", () => {
    const moveListeners = new Map([[3, "127.0.0.1:2"]]);
    const failure = failureOf(() => derive("[Socks5]\nBindAddress = a:1\nUsername = u\n", { moveListeners }));
    expect([failure.code, failure.message]).toEqual(["config-invalid", "us-east.conf:3: no BindAddress on this line"]);
  });
});

describe("WGConfig", () => {
  test.each([
    ["WGConfig = wg.conf # x\n", "WGConfig = /confs/wg.conf # x\n"],
    ["wgconfig='wg.conf'\n", "wgconfig='/confs/wg.conf'\n"],
    ["WGConfig = /keys/wg.conf\n", "WGConfig = /keys/wg.conf\n"],
    ["WGConfig = ../wg.conf\n", "WGConfig = ../wg.conf\n"],
    ["WGConfig =\n", "WGConfig =\n"],
    ["[Socks5]\nWGConfig = wg.conf\n", "[Socks5]\nWGConfig = wg.conf\n"],
  ])("%j is found from another folder too", (before, after) => {
    expect(derive(before, {})).toBe(after);
  });

  test("WGConfig is quoted where its folder needs that, and loses a comment that would close the quote", () => {
    const inFolder = (file: string, text: string) => deriveConfig(text, { file });
    expect(inFolder("/c#1/a.conf", "WGConfig = wg.conf # x\n")).toBe("WGConfig = `/c#1/wg.conf` # x\n");
    expect(inFolder("/c#1/a.conf", "WGConfig = wg.conf # `x`\n")).toBe('WGConfig = """/c#1/wg.conf""" # `x`\n');
    expect(inFolder("/c#1/a.conf", 'WGConfig = wg.conf # `"""\n')).toBe("WGConfig = `/c#1/wg.conf`\n");
  });
});

describe("a carrier", () => {
  const carrier = (text: string) => ({ file: "/other/spare.conf", text });

  test("a carrier gives all but the ways in, which are the original's", () => {
    const below = "# spare\n[Interface]\nMTU = 1\n[Socks5]\nBindAddress = a:1\n[PEER]\nx = 1 # y\n[Resolve]\n";
    const above = "\n[interface]\nMTU = 2\n[Socks5] # mine\nBindAddress = a:2\n[Peer]\n[TCPServerTunnel]\n[Odd]\n";
    expect(derive(above, { carrier: carrier(below) })).toBe(
      "# spare\n[Interface]\nMTU = 1\n[PEER]\nx = 1 # y\n[Resolve]\n\n[Socks5] # mine\nBindAddress = a:2\n[TCPServerTunnel]\n",
    );
  });

  test("a carrier gives its WGConfig, from its own folder", () => {
    expect(derive("WGConfig = a\n[SNI]\n", { carrier: carrier("WGConfig = b") })).toBe(
      "WGConfig = /other/b\n\n[SNI]\n",
    );
  });

  test("a carrier does not swallow the first listener where it ends in a continued line", () => {
    expect(derive("[SNI]\n", { carrier: carrier("[Peer]\nx = 1\\") })).toBe("[Peer]\nx = 1\\\n\n[SNI]\n");
  });

  test("a carrier keeps its byte order mark in front", () => {
    expect(derive("\uFEFF[SNI]\n", { carrier: carrier("\uFEFF[Peer]\r\n") })).toBe("\uFEFF[Peer]\r\n\r\n[SNI]\n");
    expect(derive("\uFEFF[SNI]\n", { carrier: carrier("[Peer]\n") })).toBe("[Peer]\n\n[SNI]\n");
  });

  test("a carrier carries a listener that moves", () => {
    const moveListeners = new Map([[3, "a:9"]]);
    expect(derive("[Peer]\n[Socks5]\nBindAddress = a:1\n", { carrier: carrier("[Peer]\n"), moveListeners })).toBe(
      "[Peer]\n\n[Socks5]\nBindAddress = a:9\n",
    );
  });

  test("a carrier does not change what a listener meant by the top of its own file", () => {
    const own = "Name = me # x\n[Socks5]\nUsername = %(Name)s # y\n[http]\nUsername = %(Nobody)s\n";
    expect(derive(own, { carrier: carrier("Name = you\n[Peer]\n") })).toBe(
      "Name = you\n[Peer]\n\n[Socks5]\nUsername = me # y\n[http]\nUsername = %(Nobody)s\n",
    );
    const failure = failureOf(() => derive(own, { carrier: carrier("Nobody = you\n[Peer]\n") }));
    expect([failure.code, failure.message]).toEqual([
      "config-invalid",
      "us-east.conf: a value cannot be written into a config that is derived from this one",
    ]);
  });

  test("a carrier that is no INI file is named", () => {
    const failure = failureOf(() => derive("", { carrier: carrier("[Peer") }));
    expect([failure.code, failure.message]).toEqual([
      "config-invalid",
      "spare.conf:1: the section's closing ] is missing",
    ]);
  });
});

describe("one more [Socks5]", () => {
  test("one more [Socks5] asks for the password of the first one", () => {
    const text = sampleConfig({
      rest: "[http]\nBindAddress = 127.0.0.1:1\nUsername = h\nPassword = h\n[SOCKS5]\nBindAddress = 127.0.0.1:2\nusername: `a#b`\nPassword = $SECRET # x",
    });
    const derived = derive(text, { addSocks5: "127.0.0.1:3" });
    expect(derived).toBe(`${text}\n[Socks5]\nBindAddress = 127.0.0.1:3\nUsername = \`a#b\`\nPassword = $SECRET\n`);
    const { listeners } = parse(derived, { environment: { SECRET: "s" } });
    expect(listeners.at(-1)).toMatchObject({ kind: "socks5", host: "127.0.0.1", port: 3, protected: true });
  });

  test("one more [Socks5] has none where the first one has none, or there is no first one", () => {
    const text = sampleConfig({
      rest: "[Socks5]\nBindAddress = a:1\n[Socks5]\nBindAddress = a:2\nUsername = u\nPassword = p\n",
    });
    expect(derive(text, { addSocks5: "a:3" })).toBe(`${text}\n[Socks5]\nBindAddress = a:3\n`);
    expect(derive("[Peer]", { addSocks5: "a:3" })).toBe("[Peer]\n\n[Socks5]\nBindAddress = a:3\n");
  });

  test.each(["a`b", 'say "no"', "%(x)s", "back\\slash", "ends\\", "'q'", "a;b", " padded "])(
    "repeats the password %j",
    (password) => {
      const text = `[Socks5]\nBindAddress = a:1\nUsername = u\nPassword = \`${password}\`\n`;
      const derived = derive(text, { addSocks5: "a:2" });
      const [, copy = ""] = derived.split("a:2\n");
      expect(derive(`[Socks5]\nBindAddress = a:1\n${copy}`, { addSocks5: "a:2" })).toEndWith(copy);
      expect(copy).toContain(password);
    },
  );
});

test("no failure tells a password", () => {
  const text = 'Name = me\n[Socks5]\nPassword = %(Name)s `secret` """secret""" \\\n # `x` %(Nobody)s';
  const carrier = { file: "/other/spare.conf", text: "Nobody = secret\n[Peer]\n" };
  const failure = failureOf(() => derive(text, { carrier }));
  expect(`${failure.message} ${failure.hint}`).not.toContain("secret");
});
