import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CORPUS, type CorpusEntry } from "../corpus/table.ts";
import { callWpdaemon } from "../rig/command-line.ts";
import type { TestDaemon } from "../rig/daemon-process.ts";
import { startTestDaemon } from "../rig/daemon-process.ts";
import { type FarEnd, startFarEnd } from "../rig/far-end.ts";
import { freePort } from "../rig/free-port.ts";
import { findWireproxies } from "../rig/programs.ts";
import { fetchThroughSocks } from "../rig/socks.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

const FOLDER = join(import.meta.dir, "../corpus");
const PAGE = "the page behind the tunnel";
const NO_WAY_IN = "1: no section listens: there is no way into this tunnel";

const pathOf = ({ name }: CorpusEntry) => join(FOLDER, `${name}.conf`);

/** Without hints, the severity and the file's name. */
function readFindings(output: string, severity: string, name: string): readonly string[] {
  const lines = output.split("\n").filter((line) => line.startsWith(severity));
  return lines.map((line) =>
    line.slice(line.indexOf(`${name}.conf`) + name.length + 6).replace(/ \([^()]*(?:\([^()]*\)[^()]*)*\)$/, ""),
  );
}

test("the documentation has a row for each config of the corpus, with what is exported and what import does", async () => {
  const page = await Bun.file(join(import.meta.dir, "../../docs/tunnels-and-settings.md")).text();
  const rows = CORPUS.map(({ provider, exports, importDoes }) => `| ${provider} | ${exports} | ${importDoes} |`);
  const table = /^\| from \| what it exports \| what import does \|\n.*\n((?:\|.*\n)+)/m.exec(page)?.[1] ?? "";
  expect(table.trimEnd().split("\n")).toEqual(rows);
});

describe("a config in the shape of", () => {
  for (const entry of CORPUS) {
    const { name, changes = [], warnings = [], refusal, check = [] } = entry;

    test(`${name} is imported, or refused, as the table says, and then checked`, async () => {
      using home = temporaryFolder();
      const call = (...words: string[]) => callWpdaemon(home.path, words);
      const { code, output, complaint } = await call("config", "import", pathOf(entry));
      if (refusal === undefined) {
        expect([code, output]).toEqual([0, `imported ${name}.conf, with a SOCKS5 listener on 127.0.0.1:25344\n`]);
        expect(readFindings(complaint, "changed", name)).toEqual(changes);
        expect(readFindings(complaint, "warning", name)).toEqual(warnings);
        const checked = await call("config", "check", name);
        expect(checked.code).toBe(0);
        expect(readFindings(checked.complaint, "warning", name)).toEqual(warnings);
      } else {
        expect([code, output]).toEqual([1, ""]);
        for (const word of refusal) expect(complaint).toContain(word);
      }
      for (const key of readFileSync(pathOf(entry), "latin1").match(/[\w+/]{43}=/g) ?? []) {
        expect(output + complaint).not.toContain(key);
      }
    });

    test(`${name} that is put into the folder by hand is checked as the table says`, async () => {
      using home = temporaryFolder();
      mkdirSync(join(home.path, "wireproxy_confs"), { mode: 0o700 });
      writeFileSync(join(home.path, "wireproxy_confs", `${name}.conf`), readFileSync(pathOf(entry)), { mode: 0o600 });
      const { code, complaint } = await callWpdaemon(home.path, ["config", "check", name]);
      expect(code).toBe(1);
      if (check[0]?.startsWith(name) === true) expect(complaint).toContain(check[0]);
      else expect(readFindings(complaint, "error", name).toSorted()).toEqual([NO_WAY_IN, ...check].toSorted());
    });
  }
});

for (const { kind, path } of findWireproxies()) {
  describe(`with the ${kind}, a config in the shape of`, () => {
    let farEnd: FarEnd;
    let daemon: TestDaemon;
    let web: Bun.Server<undefined>;
    beforeAll(async () => {
      farEnd = await startFarEnd();
      daemon = await startTestDaemon({ environment: { WPDAEMON_WIREPROXY: path } });
      web = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(PAGE) });
    });
    afterAll(async () => {
      await daemon[Symbol.asyncDispose]();
      await farEnd[Symbol.asyncDispose]();
      await web.stop(true);
    });

    for (const entry of CORPUS) {
      const { name, refusal, wireproxy = "Config OK" } = entry;

      test(`${name} is judged by wireproxy -n as the table says`, async () => {
        using folder = temporaryFolder();
        const file = join(folder.path, "x.conf");
        // Names are resolved by that, and nobody knows these.
        writeFileSync(
          file,
          readFileSync(pathOf(entry), "latin1").replace(/^Endpoint = .*:/m, "Endpoint = 192.0.2.1:"),
          "latin1",
        );
        const run = Bun.spawnSync([path, "-n", "-c", file]);
        expect(run.stdout.toString() + run.stderr.toString()).toContain(wireproxy);
      });

      if (refusal !== undefined) continue;
      test(`${name} carries once it is imported`, async () => {
        const port = freePort();
        const source = join(daemon.home, `${name}.conf`);
        writeFileSync(source, `${leadTo(farEnd, readSource(entry))}\n[Socks5]\nBindAddress = 127.0.0.1:${port}\n`);
        expect(await callWpdaemon(daemon.home, ["config", "import", source])).toMatchObject({ code: 0 });
        const up = await callWpdaemon(daemon.home, ["up", name]);
        expect([up.code, up.complaint]).toEqual([0, ""]);
        expect(await fetchThroughSocks(port, `http://${farEnd.address}:${web.port}/`)).toBe(PAGE);
        expect(await callWpdaemon(daemon.home, ["down", name])).toMatchObject({ code: 0 });
      });
    }
  });
}

function readSource(entry: CorpusEntry): string {
  const bytes = readFileSync(pathOf(entry));
  return new TextDecoder(bytes[0] === 0xff ? "utf-16le" : "utf-8").decode(bytes);
}

/** The same text, with the keys and addresses of a client of our own far end. */
function leadTo(farEnd: FarEnd, text: string): string {
  const isShared = /^PresharedKey = \S/m.test(text);
  const { privateKey, address, address6 } = farEnd.client(isShared ? 5 : 0);
  return text
    .replace(/^(PrivateKey = ).*?(?=\r?$)/m, `$1${privateKey}`)
    .replace(/^(PublicKey = ).*?(?=\r?$)/m, `$1${farEnd.publicKey}`)
    .replace(/^(PresharedKey = )\S+/m, `$1${farEnd.presharedKey}`)
    .replace(/^(Endpoint = )\S+/m, `$1${farEnd.endpoint}`)
    .replace(/^Address = .*/gm, (line) =>
      line.replace(/\d+\.\d+\.\d+\.\d+/, address).replace(/[\da-f]+:[\da-f:]+/, address6),
    );
}
