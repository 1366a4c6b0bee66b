import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readIngressAuthorities } from "../../../src/endpoints/forwarding/ingress-trust.ts";
import { createAuthority } from "../../rig/certificate-authority.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

const [one, other] = [createAuthority("one"), createAuthority("other")];
const BY_DEFAULT = { ingressCaFile: undefined, ingressInsecure: false };

describe("the authorities of the ingress", () => {
  test("are those of the file that the settings name, and no others", () => {
    using folder = temporaryFolder();
    const ingressCaFile = join(folder.path, "ca.pem");
    writeFileSync(ingressCaFile, `Mine\n${one.cert}\nand\n${other.cert}`);
    expect(readIngressAuthorities({ ...BY_DEFAULT, ingressCaFile })).toEqual([one.cert.trim(), other.cert.trim()]);
  });

  test.each(["", "no certificate at all"])("are a failure where that file says %j", (content) => {
    using folder = temporaryFolder();
    const ingressCaFile = join(folder.path, "ca.pem");
    writeFileSync(ingressCaFile, content);
    expect(() => readIngressAuthorities({ ...BY_DEFAULT, ingressCaFile })).toThrow("cannot take authorities from");
    expect(() => readIngressAuthorities({ ...BY_DEFAULT, ingressCaFile: `${ingressCaFile}.none` })).toThrow("ENOENT");
  });

  test("are those in ngrok's folder where the settings name none", () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "one.crt"), one.cert);
    writeFileSync(join(folder.path, "README"), "nothing");
    expect(readIngressAuthorities(BY_DEFAULT, folder.path)).toEqual([one.cert.trim()]);
  });

  test("are ngrok's own and those of every program where there are no others", () => {
    using folder = temporaryFolder();
    const [first = "", ...others] = readIngressAuthorities(BY_DEFAULT, folder.path) ?? [];
    const { fingerprint256, subject } = new X509Certificate(first);
    expect(fingerprint256).toBe(
      "CF:CE:8A:27:B7:4E:0C:51:C6:54:73:9A:35:3E:51:C1:35:26:0B:5B:97:7D:29:DF:67:03:8B:E7:EF:6F:F8:47",
    );
    expect([subject.includes("O=ngrok Inc"), others.length > 50]).toEqual([true, true]);
  });

  test("are not asked for where any certificate is to be taken", () => {
    expect(readIngressAuthorities({ ...BY_DEFAULT, ingressInsecure: true })).toBeUndefined();
  });
});
