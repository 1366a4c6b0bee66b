import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary-folder.ts";

/** PEM. */
export interface SignedCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateAuthority extends SignedCertificate {
  /** A certificate for a server of these names, or for a client without any. */
  issue(...names: readonly string[]): SignedCertificate;
  /** Another authority below this one. */
  issueAuthority(): CertificateAuthority;
}

/** Makes an authority with openssl; its keys are P-256. @throws Error with what openssl says. */
export function createAuthority(name = "test authority"): CertificateAuthority {
  using folder = temporaryFolder();
  const [key, cert] = [join(folder.path, "key"), join(folder.path, "cert")];
  openssl(["req", "-x509", ...NEW_KEY, "-days", "2", "-subj", `/CN=${name}`, "-keyout", key, "-out", cert]);
  return authority({ cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") });
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

function authority(own: SignedCertificate): CertificateAuthority {
  return {
    ...own,
    issue: (...names) => sign(own, names.length === 0 ? "" : `subjectAltName=${names.map((name) => `DNS:${name}`)}`),
    issueAuthority: () => authority(sign(own, "basicConstraints=critical,CA:TRUE")),
  };
}

function sign(issuer: SignedCertificate, extension: string): SignedCertificate {
  using folder = temporaryFolder();
  const path = (name: string) => join(folder.path, name);
  writeFileSync(path("issuer"), issuer.cert);
  writeFileSync(path("issuer-key"), issuer.key);
  writeFileSync(path("extension"), extension);
  openssl(["req", ...NEW_KEY, "-subj", "/O=test", "-keyout", path("key"), "-out", path("request")]);
  const request = [
    "-req",
    "-in",
    path("request"),
    "-CA",
    path("issuer"),
    "-CAkey",
    path("issuer-key"),
    "-CAcreateserial",
  ];
  openssl(["x509", ...request, "-days", "2", "-extfile", path("extension"), "-out", path("cert")]);
  return { cert: readFileSync(path("cert"), "utf8"), key: readFileSync(path("key"), "utf8") };
}

function openssl(words: readonly string[]): void {
  const made = Bun.spawnSync(["openssl", ...words], { stdout: "ignore", stderr: "pipe" });
  if (!made.success) throw new Error(`openssl: ${made.stderr}`);
}
