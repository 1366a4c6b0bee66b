import { describe, expect, test } from "bun:test";
import packageJson from "../../../package.json" with { type: "json" };
import { CLIENT_FLAGS } from "../../../src/cli/linksocks/flags/client-flags.ts";
import { SERVER_FLAGS } from "../../../src/cli/linksocks/flags/server-flags.ts";
import { runCommandLine } from "../command-line.ts";

const ENVIRONMENT = { LINKSOCKS_MODE: "", LINKSOCKS_TOKEN: "" };

test("version begins as LinkSocks', and tells the truth", async () => {
  const { code, output } = await run("version");
  expect(code).toBe(0);
  expect(output).toMatch(
    /^linksocks version v1\.8\.9 (linux|darwin)\/(amd64|arm64) \(wpdaemon [\d.]+, compatible with it\)\n$/,
  );
  expect(output).toContain(packageJson.version);
});

describe("--help", () => {
  test.each([
    ["server", SERVER_FLAGS],
    ["client", CLIENT_FLAGS],
    ["connector", CLIENT_FLAGS],
    ["provider", CLIENT_FLAGS],
  ] as const)("of %s teaches every flag with its variable and default, in 80 columns", async (role, flags) => {
    const { code, output } = await run(`${role} --help`);
    expect(code).toBe(0);
    expect(output).toContain(`wpdaemon linksocks ${role} `);
    const words = output.split(/\s+/).join(" ");
    for (const { name, ...flag } of flags) {
      expect(words).toContain(`${"short" in flag ? `-${flag.short}, ` : ""}--${name}`);
      if ("variable" in flag) expect(words).toContain(flag.variable);
      if ("fallback" in flag) expect(words).toContain(`${flag.fallback})`);
    }
    for (const line of output.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  test.each(["--help", "-h", "help"])("--help tells of all roles: %s", async (word) => {
    const { code, output } = await run(word);
    expect(code).toBe(0);
    for (const role of ["server", "client", "connector", "provider", "version"])
      expect(output).toContain(`\n  linksocks ${role} `);
    for (const line of output.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });
});

test("LINKSOCKS_MODE names the role", async () => {
  const { output } = await runCommandLine(["linksocks", "--help"], { ...ENVIRONMENT, LINKSOCKS_MODE: " REVERSE " });
  expect(output).toStartWith("Usage: wpdaemon linksocks provider ");
});

describe("called wrongly", () => {
  test.each([
    ["", '"wpdaemon linksocks" is not complete', "one of: server, client, provider, connector, version"],
    ["-d", '"wpdaemon linksocks" is not complete', "LINKSOCKS_MODE"],
    ["sevrer", 'unknown command "linksocks sevrer"', 'did you mean "wpdaemon linksocks server"?'],
    ["frobnicate", 'unknown command "linksocks frobnicate"', "wpdaemon linksocks --help"],
    ["client --direct-mode direct-only", "wpdaemon has no direct connections", "relay-only"],
    ["client --tokne x", 'unknown option "--tokne"', 'did you mean "--token"?'],
    ["server -p 70000", 'invalid --socks-port: "70000"', "from 0 to 65535"],
  ])("a wrong call is told: linksocks %s", async (line, message, hint) => {
    const { code, output, complaint } = await run(line);
    expect([code, output]).toEqual([2, ""]);
    expect(complaint).toContain(message);
    expect(complaint).toContain(hint);
  });

  test("a word that belongs to no flag is told of, and not shown", async () => {
    const { complaint } = await run("client secret -T x");
    expect(complaint).toContain("ignoring a word that belongs to no flag");
    expect(complaint).not.toContain("secret");
  });
});

function run(line: string) {
  return runCommandLine(["linksocks", ...line.split(" ").filter(Boolean)], ENVIRONMENT);
}
