import { describe, expect, test } from "bun:test";
import { isLoopback } from "../../../../src/net/address-range.ts";
import { Failure } from "../../../../src/platform/failure.ts";
import { assertStartable, describeFinding } from "../../../../src/tunnels/config/finding.ts";
import { findIn, KEYS, parse, sampleConfig } from "./sample-config.ts";

/** What is found in a config whose line 5 is `line`, in [Interface]. */
const inInterface = (line: string) => findIn(sampleConfig({ interface: line }));
/** What is found in a config whose line 9 is `line`, in [Peer]. */
const inPeer = (line: string) => findIn(sampleConfig({ peer: line }));
/** What is found in a config whose last section begins on line 10. */
const inRest = (rest: string) => findIn(sampleConfig({ rest }));

test("a config without a fault has no findings", () => {
  expect(findIn(sampleConfig())).toEqual([]);
});

describe("what wireproxy would pass over", () => {
  test("a repeated key is an error where the lost value differs, a warning where it does not", () => {
    expect(inPeer("AllowedIPs = 10.0.0.0/8\nAllowedIPs = ::/0\nallowedips = 10.0.0.0/8")).toEqual([
      "error 10: AllowedIPs was already given on line 9, and only that one counts",
      "warning 11: AllowedIPs was already given on line 9, and only that one counts",
    ]);
  });

  test("an unknown key or section names the nearest known one", () => {
    const { findings } = parse(
      sampleConfig({ rest: "[Sock5]\nx = 1\n[Socks5]\nBindAddress = 127.0.0.1:25344\nPasword = x" }),
    );
    expect(findings).toMatchObject([
      { severity: "warning", line: 10, hint: "did you mean [Socks5]?" },
      { severity: "warning", line: 14, hint: "did you mean Password?" },
    ]);
  });

  test("a private key pasted without its name is not repeated", () => {
    const { findings } = parse(sampleConfig({ interface: KEYS.privateKey }));
    expect(findings).toMatchObject([{ severity: "warning", line: 5 }]);
    expect(JSON.stringify(findings)).not.toContain(KEYS.privateKey.slice(0, 8));
  });

  test("the keys of wg-quick are named, and may be repeated", () => {
    expect(inInterface("PostUp = a\npostup = b\nSaveConfig = true\nTable = off")).toEqual([
      "warning 5: wireproxy ignores PostUp: only wg-quick acts on it",
      "warning 6: wireproxy ignores PostUp: only wg-quick acts on it",
      "warning 7: wireproxy ignores SaveConfig: only wg-quick acts on it",
      "warning 8: wireproxy ignores Table: only wg-quick acts on it",
    ]);
  });

  test("thousands of unknown lines cost neither thousands of findings nor the errors after them", () => {
    const text = sampleConfig({ interface: `${"a = 1\n".repeat(9_000)}MTU = x` });
    const found = findIn(text);
    expect(found.length).toBeLessThan(500);
    expect(found.at(-1)).toMatch(/^error \d+: MTU/);
  });
});

describe("the rest", () => {
  const socks = "[Socks5]\nBindAddress = 127.0.0.1:25344";

  test("[Resolve] needs a strategy in lower case, and only the first counts", () => {
    for (const good of ["auto", "ipv4", "ipv6"])
      expect(inRest(`${socks}\n[Resolve]\nResolveStrategy = ${good}`)).toEqual([]);
    for (const bad of ["IPv4", "x", ""]) {
      expect(inRest(`${socks}\n[Resolve]\nResolveStrategy = ${bad}`)).toEqual([
        "error 13: ResolveStrategy is not one of auto, ipv4 and ipv6, in lower case",
      ]);
    }
    expect(inRest(`${socks}\n[Resolve]\n[Resolve]`)).toEqual([
      "error 12: ResolveStrategy is missing in this section",
      "warning 13: only the first [Resolve] counts",
    ]);
  });

  test("a file that others may read is warned of", () => {
    expect(findIn(sampleConfig(), { mode: 0o600 })).toEqual([]);
    expect(findIn(sampleConfig(), { mode: 0o644 })).toEqual([
      "warning 1: other users of this machine may have access to the private key: mode 644",
    ]);
  });

  test.each([0o040, 0o020, 0o010, 0o004, 0o002, 0o001])("a file with the bit %o for others is warned of", (bit) => {
    expect(findIn(sampleConfig(), { mode: 0o600 | bit })).toEqual([
      `warning 1: other users of this machine may have access to the private key: mode ${(0o600 | bit).toString(8)}`,
    ]);
  });

  test.each([0o400, 0o600, 0o700])("a file of mode %o, which is its owner's alone, is fine", (mode) => {
    expect(findIn(sampleConfig(), { mode })).toEqual([]);
  });

  test("loopback is 127.0.0.0/8, ::1, its IPv4 kin and localhost", () => {
    expect(["127.0.0.1", "127.9.9.9", "::1", "0::1", "::ffff:127.0.0.1", "LOCALHOST"].map(isLoopback)).not.toContain(
      false,
    );
    expect(
      ["0.0.0.0", "::", "128.0.0.1", "::2", "::ffff:10.0.0.1", "127.example.net", ""].map(isLoopback),
    ).not.toContain(true);
  });
});

describe("a start", () => {
  test("a start is refused for the first error, with its place, what to do, and how many more", () => {
    const { findings } = parse(sampleConfig({ interface: "MTU = x\nDNS = corp\nPostUp = y", rest: "" }));
    try {
      assertStartable(findings);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(Failure);
      expect(error).toMatchObject({
        code: "config-invalid",
        message: "us-east.conf:1: no section listens: there is no way into this tunnel (and 2 more)",
        hint: "add [Socks5] with BindAddress = 127.0.0.1:25344",
      });
    }
  });

  test("a start is not refused for warnings, which read in one line", () => {
    const { findings } = parse(sampleConfig({ interface: "Table = off" }));
    assertStartable(findings);
    expect(findings.map(describeFinding)).toEqual([
      "us-east.conf:5: wireproxy ignores Table: only wg-quick acts on it (remove the line)",
    ]);
  });
});

test("an IPv6 address that the runtime's URL parser refuses is a BindAddress all the same", () => {
  const rest = "[Socks5]\nBindAddress = [0:1:ab:0::1.2.3.4]:25344\nUsername = a\nPassword = b";
  const { findings } = parse(sampleConfig({ rest }));
  expect(findings.filter((finding) => finding.severity === "error")).toEqual([]);
});
