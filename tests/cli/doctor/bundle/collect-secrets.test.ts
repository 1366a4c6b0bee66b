import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { collectSecrets } from "../../../../src/cli/doctor/bundle/collect-secrets.ts";
import { installation } from "../circumstances.ts";

test("the secrets of a LinkSocks config are found, in the file that holds its token too", () => {
  using home = installation();
  writeFileSync(join(home.paths.configs, "token"), "in-a-file\n");
  writeFileSync(
    join(home.paths.configs, "ws.conf"),
    "[LinkSocks]\nUrl = wss://who:what@host\nTokenFile = token\nConnectorToken = theirs\nHeader = Authorization: Bearer in-a-header\n",
  );
  const { secrets } = collectSecrets(home.paths, {});
  for (const secret of ["in-a-file", "theirs", "in-a-header", "what"]) expect(secrets).toContain(secret);
  expect(secrets).not.toContain("token");
});

test("secrets are found in configs whatever their state, in what they name, in the settings, and the home's own", () => {
  using home = installation();
  const { paths } = home;
  mkdirSync(paths.derived);
  const second = join(paths.home, "second.conf");
  writeFileSync(second, "[Interface]\nPrivateKey = in-second\n");
  writeFileSync(
    join(paths.configs, "a.conf"),
    `WGConfig = ${second}\n[Peer]\nPublicKey = a-peer\n#PresharedKey = commented\n[Socks5]\nUsername = me # x\nPassword = \`two\nlines\`\n`,
  );
  writeFileSync(join(paths.configs, "broken.bak"), "[Interface\nprivatekey: in-broken\nToken = $TOKEN\n");
  writeFileSync(join(paths.derived, "d.conf"), '[Interface]\nPrivateKey = "in-derived"\n');
  writeFileSync(
    paths.settings,
    "wireproxy: { mirror: https://who:wh%61t@host/ }\nremote:\n  token: |\n    in-settings\n",
  );
  writeFileSync(join(paths.own, "secret"), "of-the-home\n");
  const { secrets, publicKeys } = collectSecrets(paths, { TOKEN: "in-environment", OTHER: "not asked for" });
  for (const secret of [
    "in-second",
    "commented",
    "me",
    "two\nlines",
    "in-broken",
    "in-environment",
    "in-derived",
    "who",
    "wh%61t",
    "what",
    "of-the-home",
  ]) {
    expect(secrets).toContain(secret);
  }
  expect([...secrets].some((secret) => secret.trim() === "in-settings")).toBe(true);
  expect(secrets).not.toContain("not asked for");
  expect(publicKeys).toContain("a-peer");
});
