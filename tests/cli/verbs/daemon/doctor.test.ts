import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { childRecord } from "../../../rig/child-record.ts";
import { freePort } from "../../../rig/free-port.ts";
import { generateKeys } from "../../../rig/keys.ts";
import { US_EAST } from "../../../rig/tunnel-entry.ts";
import { runCommandLine } from "../../command-line.ts";
import { startStubDaemon, writeRecord } from "../../daemon/stub-daemon.ts";
import { installation } from "../../doctor/circumstances.ts";

test("an installation without a problem gives 0, one with a problem 1; --json is one document", async () => {
  using home = installation();
  const words = ["doctor", "--home", home.paths.home, "-p", String(freePort())];
  const well = await runCommandLine(words, { HOME: home.paths.home });
  expect(well.complaint).toBe("");
  expect(well.code).toBe(0);
  expect(well.output).toMatch(/^ok +daemon +no daemon runs/m);
  expect(well.output).not.toContain("\u001b");

  writeFileSync(home.paths.settings, "tunels: {}");
  const ill = await runCommandLine([...words, "--json"], { HOME: home.paths.home });
  expect(ill.code).toBe(1);
  const { ok, data } = JSON.parse(ill.output);
  expect(ok).toBe(true);
  expect(data.checks).toContainEqual({
    check: "settings",
    severity: "problem",
    message: `${home.paths.settings}: unknown key "tunels"`,
    remedy: 'did you mean "tunnels"?',
  });
  expect(data.processes.map(({ category }: { category: string }) => category)).toEqual(["self"]);
});

test("no secret leaves in the bundle or on the screen, however it is written", async () => {
  using stub = startStubDaemon({
    tunnels: [{ ...US_EAST, health: "down", reason: "SOCKS refused planted-user:planted-password" }],
  });
  const { paths } = stub;
  const secrets = plant(stub.home);
  writeRecord(paths, { state: "running", children: [childRecord({ endpoints: ["planted-password"] })] });
  const zip = join(stub.home, "bundle.zip");
  const environment = { HOME: stub.home, PLANTED_KEY: secrets.inEnvironment };
  const run = await runCommandLine(["doctor", "--home", stub.home, "--bundle", zip], environment);
  expect(run.output).toContain(`wrote ${zip}`);
  const json = await runCommandLine(["doctor", "--home", stub.home, "--json"], environment);

  const files = Object.entries(unzipSync(readFileSync(zip)));
  expect(files.length).toBeGreaterThan(8);
  const texts = files.map(([name, bytes]) => `${name}\n${new TextDecoder().decode(bytes)}`);
  for (const text of [...texts, run.output, json.output, json.complaint]) {
    for (const [what, secret] of Object.entries(secrets)) {
      for (const form of formsOf(secret)) {
        if (text.toLowerCase().includes(form.toLowerCase())) throw new Error(`${what} as ${form} in: ${text}`);
      }
    }
  }
  expect(texts.find((text) => text.startsWith("configs/us.conf"))).toContain("PrivateKey = <removed>");
  expect(texts.find((text) => text.startsWith("audit.log"))).toContain("a line without secrets");
});

test("a bundle is not written over a file", async () => {
  using home = installation();
  const zip = join(home.paths.home, "b.zip");
  writeFileSync(zip, "mine");
  const words = ["doctor", "--home", home.paths.home, "-p", String(freePort()), "--bundle", zip];
  const refused = await runCommandLine(words, { HOME: home.paths.home });
  expect([refused.code, refused.output]).toEqual([1, ""]);
  expect(refused.complaint).toContain("--force");
  expect(readFileSync(zip, "utf8")).toBe("mine");
  expect((await runCommandLine([...words, "--force"], { HOME: home.paths.home })).code).toBe(0);
});

/** Puts secrets into every file that a bundle takes from, in every form. */
function plant(home: string) {
  const own = join(home, "wpdaemon");
  const logs = join(home, "wp-server-logs");
  const configs = join(home, "wireproxy_confs");
  mkdirSync(logs);
  const secrets = {
    privateKey: generateKeys().privateKey,
    presharedKey: generateKeys().privateKey,
    inEnvironment: generateKeys().privateKey,
    username: "planted-user",
    password: "planted-password",
    token: "planted-token-77",
    mirrorPassword: "planted-mirror",
    ownSecret: generateKeys().privateKey,
    ofAFormerConfig: generateKeys().privateKey,
    broken: "planted-broken-key",
  };
  writeFileSync(
    join(configs, "us.conf"),
    `# ${secrets.password}
[Interface]
PrivateKey = ${secrets.privateKey}
[Peer]
PublicKey = ${generateKeys().publicKey}
PreSharedKey = ${secrets.presharedKey} # ${secrets.token}
[Socks5]
Username = ${secrets.username}
Password = ${secrets.password}
Token = ${secrets.token}
`,
  );
  writeFileSync(join(configs, "eu.conf"), "[Interface]\nPrivateKey = $PLANTED_KEY\n");
  writeFileSync(join(configs, "broken.conf"), `[Interface\nPrivateKey ${secrets.broken}\n${secrets.privateKey}\n`);
  writeFileSync(
    join(own, "config.yaml"),
    `# ${secrets.password}\nwireproxy: { mirror: "https://me:${secrets.mirrorPassword}@host/" }\n`,
  );
  writeFileSync(join(own, "secret"), `${secrets.ownSecret}\n`);
  // Nobody knows these two any more: they are recognized by their shape, or by what stands before them.
  const { broken, ofAFormerConfig, ...known } = secrets;
  const text = [
    "a line without secrets",
    ...Object.values(known).flatMap((secret) => formsOf(secret).map((form) => `said ${form}, and "x${form}y"`)),
    ...formsOf(ofAFormerConfig).map((form) => `said ${form}, and "${form}"`),
    `delimiter not found: PrivateKey ${broken}`,
  ];
  for (const path of [join(logs, "audit.log"), join(own, "daemon.log"), join(logs, "9_us.log")]) {
    writeFileSync(path, `${text.join("\n")}\n`);
  }
  return secrets;
}

function formsOf(secret: string): readonly string[] {
  const forms = [secret, Buffer.from(secret).toString("hex"), Buffer.from(secret).toString("base64")];
  const bytes = Buffer.from(secret, "base64");
  return secret.endsWith("=") ? [secret, bytes.toString("hex"), bytes.toString("base64url")] : forms;
}
