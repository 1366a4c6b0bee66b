import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary-folder.ts";

/** A certificate for 127.0.0.1 that signs itself, so that it is also the authority to trust; PEM. */
export interface TestCertificate extends Disposable {
  readonly cert: string;
  readonly key: string;
  readonly certificatePath: string;
  readonly keyPath: string;
}

/** Has openssl make one in a temporary folder. @throws Error with what openssl says. */
export function createCertificate(): TestCertificate {
  const folder = temporaryFolder();
  const certificatePath = join(folder.path, "certificate.pem");
  const keyPath = join(folder.path, "key.pem");
  const words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test".split(" ");
  const made = Bun.spawnSync(
    ["openssl", ...words, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", keyPath, "-out", certificatePath],
    { stdout: "ignore", stderr: "pipe" },
  );
  if (!made.success) {
    folder[Symbol.dispose]();
    throw new Error(`openssl: ${made.stderr}`);
  }
  return {
    cert: readFileSync(certificatePath, "utf8"),
    key: readFileSync(keyPath, "utf8"),
    certificatePath,
    keyPath,
    [Symbol.dispose]: folder[Symbol.dispose],
  };
}
