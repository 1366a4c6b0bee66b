import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import type { SignedCertificate } from "./certificate-authority.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** How long a certificate is valid, in milliseconds since the epoch. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

let serial = 1;

/**
 * A certificate, PEM, by an authority, for what a PKCS #10 request asks for.
 * @throws Error where the request is not signed with its own key.
 */
export async function certify(authority: SignedCertificate, csr: string, validity: Validity): Promise<string> {
  const request = new x509.Pkcs10CertificateRequest(csr);
  if (!(await request.verify())) throw new Error("the request is not signed with its own key");
  const der = x509.PemConverter.decodeFirst(authority.key);
  serial += 1;
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: serial.toString(16).padStart(4, "0"),
    subject: request.subject,
    // As it is encoded there: Go compares bytes.
    issuer: new x509.X509Certificate(authority.cert).subjectName,
    notBefore: new Date(validity.notBefore),
    notAfter: new Date(validity.notAfter),
    publicKey: await request.publicKey.export(),
    signingKey: await crypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]),
    signingAlgorithm: ALGORITHM,
  });
  return `${made.toString("pem")}\n`;
}
