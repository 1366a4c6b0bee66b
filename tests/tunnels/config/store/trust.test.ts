import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addConfig } from "../../../../src/tunnels/config/store/import.ts";
import type { Trust } from "../../../../src/tunnels/config/store/trust.ts";
import { parseConfig, translateConfig } from "../../../../src/tunnels/kinds.ts";
import { rejectionOf } from "../../../rig/rejection.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";
import { sampleLink } from "../../linksocks/sample-link.ts";
import { sampleConfig } from "../../wireproxy/config/sample-config.ts";

const NO_TRUST: Trust = { variables: false, files: false, reverse: false };

test.each([
  ["a LinkSocks token", sampleLink({ link: "Token = $SECRET" })],
  ["a LinkSocks header, in any letter case and quoted", sampleLink({ link: "hEaDeR = `X: 1`\nHeader = `$SECRET`" })],
  ["a LinkSocks server", sampleLink({ url: "$SECRET" })],
  ["a reference to another key", sampleLink({ link: "Token = $SECRET\nConnectorToken = %(Token)s\nReverse = 1" })],
  ["a WireGuard endpoint", sampleConfig().replace(/Endpoint = .*/, "Endpoint = $SECRET")],
])("an imported config may not take %s from the environment", async (_, text) => {
  using scene = setScene();
  const { message, hint } = await rejectionOf(scene.add(text));
  expect(message).toMatch(/^new\.conf:\d+: \w+ takes its value from this machine's environment/);
  expect(hint).toContain("--allow-variables");
});

test("a dollar sign that is doubled is no variable", async () => {
  using scene = setScene();
  expect(await scene.add(sampleLink({ link: "Token = $$SECRET" }))).toMatchObject({ warnings: [] });
});

test.each(["../wpdaemon/secret", "/etc/hostname", "~/.ssh/id_ed25519", "link-out", "other.conf", "x/../../outside"])(
  "an imported config may not send the file %s as its token",
  async (file) => {
    using scene = setScene();
    const { message, hint } = await rejectionOf(scene.add(sampleLink({ link: `TokenFile = ${file}` })));
    expect(message).toContain("TokenFile names a file outside the folder of configs, or a config");
    expect(hint).toContain("--allow-files");
    await expect(scene.add(sampleLink({ link: `Token = x\nCertificateAuthority = ${file}` }))).rejects.toThrow(
      "CertificateAuthority names a file outside",
    );
  },
);

test.each([
  ["WGConfig", (value: string) => `WGConfig = ${value}\n[Socks5]\nBindAddress = 127.0.0.1:25344\n`],
  [
    "CertFile",
    (value: string) =>
      sampleConfig({ rest: `[http]\nBindAddress = 127.0.0.1:25345\nCertFile = ${value}\nKeyFile = ${value}\n` }),
  ],
  [
    "KeyFile",
    (value: string) =>
      sampleConfig({ rest: `[http]\nBindAddress = 127.0.0.1:25345\nCertFile = beside.pem\nKeyFile = ${value}\n` }),
  ],
])("an imported config may not have another program read a file elsewhere: %s", async (key, make) => {
  using scene = setScene();
  const { message, hint } = await rejectionOf(scene.add(make("/elsewhere/wg0")));
  expect(scene.read).toEqual([]);
  expect(message).toContain(`${key} names a file outside the folder of configs`);
  expect(hint).toContain("--allow-files");
});

test("an imported config may name a file beside it", async () => {
  using scene = setScene();
  expect(await scene.add(sampleLink({ link: "TokenFile = office.token" }))).toMatchObject({ name: "new.conf" });
});

test.each(["Reverse = true", "REVERSE = 1", "reverse = t"])("an imported config may not say %s", async (line) => {
  using scene = setScene();
  const { message, hint } = await rejectionOf(scene.add(sampleLink({ link: line, rest: "" })));
  expect(message).toContain("whoever runs the server makes connections from this machine");
  expect(hint).toContain("--allow-reverse");
  expect(await scene.add(sampleLink({ link: line, rest: "" }), { reverse: true })).toMatchObject({ warnings: [] });
});

test.each(["[TCPServerTunnel]", "[tcpservertunnel]"])("an imported config may not have %s", async (heading) => {
  using scene = setScene();
  const rest = `[Socks5]\nBindAddress = 127.0.0.1:25344\n${heading}\nListenPort = 1\nTarget = 127.0.0.1:22\n`;
  const { message, hint } = await rejectionOf(scene.add(sampleConfig({ rest })));
  expect(message).toContain("whoever is behind the peer makes connections from this machine");
  expect(hint).toContain("--allow-reverse");
  expect(await scene.add(sampleConfig({ rest }), { reverse: true })).toMatchObject({ name: "new.conf" });
});

test("what the owner allows is taken, each by itself", async () => {
  using scene = setScene();
  scene.environment["SECRET"] = "from-outside";
  const text = sampleLink({ link: "Token = $SECRET\nCertificateAuthority = ../outside" });
  await expect(scene.add(text, { variables: true })).rejects.toThrow("CertificateAuthority");
  await expect(scene.add(text, { files: true })).rejects.toThrow("Token takes");
  expect(await scene.add(text, { files: true, variables: true })).toMatchObject({ name: "new.conf" });
});

function setScene() {
  const temporary = temporaryFolder();
  const folder = join(temporary.path, "confs");
  mkdirSync(folder);
  writeFileSync(join(folder, "office.token"), "token");
  writeFileSync(join(folder, "other.conf"), "small");
  writeFileSync(join(temporary.path, "outside"), "secret");
  symlinkSync("../outside", join(folder, "link-out"));
  const environment: Record<string, string> = { HOME: temporary.path, SECRET: "from-outside" };
  const read: string[] = [];
  const readFile = (path: string) => {
    read.push(path);
    if (path.endsWith("wg0")) return sampleConfig({ rest: "" });
    return path === "" ? undefined : "token";
  };
  const check = (text: string, file: string) => parseConfig(text, { file, environment, readFile });
  return {
    environment,
    /** What was read for the check of a config. */
    read,
    add: (text: string, trust: Partial<Trust> = {}) =>
      addConfig("new", Buffer.from(text), {
        folder,
        environment,
        translate: translateConfig,
        check,
        trust: { ...NO_TRUST, ...trust },
        replace: false,
      }),
    [Symbol.dispose]: () => temporary[Symbol.dispose](),
  };
}
