import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { strToU8, type Zippable, zipSync } from "fflate";
import { importConfigZip, isZip } from "../../../../src/tunnels/config/store/import-zip.ts";
import { parseConfig, translateConfig } from "../../../../src/tunnels/kinds.ts";
import { rejectionOf } from "../../../rig/rejection.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";
import { sampleConfig } from "../../wireproxy/config/sample-config.ts";

const CONFIG = strToU8(sampleConfig());

function pack(entries: Zippable, change: (bytes: Uint8Array) => void = () => undefined) {
  const temporary = temporaryFolder();
  const archive = join(temporary.path, "provider.zip");
  const bytes = zipSync(entries);
  change(bytes);
  writeFileSync(archive, bytes);
  const environment = {};
  const parts = {
    folder: join(temporary.path, "confs"),
    environment,
    trust: { variables: true, files: true, reverse: true },
    replace: false,
    translate: translateConfig,
    check: (text: string, file: string) => parseConfig(text, { file, environment, readFile: () => undefined }),
  };
  return {
    isZip: () => isZip(archive),
    run: () => importConfigZip(archive, parts),
    [Symbol.dispose]: () => temporary[Symbol.dispose](),
  };
}

test("an archive gives its configs, those with a suffix of Windows too, and names one that is too large", async () => {
  using zip = pack({
    "wg/us.conf": CONFIG,
    "wg/de.conf.txt": CONFIG,
    "wg/huge.conf": new Uint8Array(1024 * 1024 + 1),
    "wg/README.txt": CONFIG,
  });
  const told = (await zip.run()).map((outcome) =>
    "imported" in outcome ? outcome.imported.name : outcome.failure.message,
  );
  expect(told.toSorted()).toEqual(["de.conf", "huge.conf is larger than 1 MiB", "us.conf"]);
});

test("an archive that holds nothing is an archive", async () => {
  using zip = pack({});
  expect([zip.isZip(), await zip.run()]).toEqual([true, []]);
});

test("an archive with a password, and one that is packed as none of ours, are named as that", async () => {
  using locked = pack({ "us.conf": CONFIG }, (bytes) => bytes.set([1], 6));
  expect((await rejectionOf(locked.run())).message).toBe("provider.zip is protected by a password");
  // The central directory, which begins with PK 1 2, tells the way at 10.
  using odd = pack({ "us.conf": CONFIG }, (bytes) =>
    bytes.set([14], Buffer.from(bytes).indexOf("PK\u0001\u0002") + 10),
  );
  expect((await rejectionOf(odd.run())).message).toBe("provider.zip is packed in a way that is not read here");
});
