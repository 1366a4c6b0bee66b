import { readFileSync } from "node:fs";
import { attemptOr, orFileUnusable } from "../../platform/failure.ts";
import { listFolder } from "../../platform/files/files.ts";

/** Where ngrok's own programs look for authorities. */
const FOLDER = "/etc/ssl/certs/ngrok";

interface TrustSettings {
  /** PEM, with one authority or several. */
  readonly ingressCaFile: string | undefined;
  /** Whether the ingress's certificate is not looked at at all. */
  readonly ingressInsecure: boolean;
}

/**
 * The authorities that the ingress may have its certificate from, PEM: those of the file that the settings name, else those
 * in ngrok's folder, else ngrok's own and those that every program trusts. Undefined where any certificate is taken.
 * @throws Failure `file-unusable` where that file cannot be read, or holds no certificate.
 */
export function readIngressAuthorities(
  { ingressCaFile, ingressInsecure }: TrustSettings,
  folder = FOLDER,
): readonly string[] | undefined {
  if (ingressInsecure) return undefined;
  if (ingressCaFile !== undefined) {
    const hint = "ingress_ca_file names a PEM file with the ingress's authority";
    return orFileUnusable(`cannot take authorities from ${ingressCaFile}`, hint, () => {
      const found = findCertificates(readFileSync(ingressCaFile, "utf8"));
      if (found.length === 0) throw new Error("no certificate");
      return found;
    });
  }
  const installed = listFolder(folder).flatMap((path) =>
    attemptOr([], () => findCertificates(readFileSync(path, "utf8"))),
  );
  if (installed.length > 0) return installed;
  return [NGROK_AUTHORITY, ...process.getBuiltinModule("node:tls").rootCertificates];
}

function findCertificates(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

/**
 * The intermediate authority that ngrok publishes, valid until August 2032; its root is not published. SHA-256:
 * CF:CE:8A:27:B7:4E:0C:51:C6:54:73:9A:35:3E:51:C1:35:26:0B:5B:97:7D:29:DF:67:03:8B:E7:EF:6F:F8:47
 */
const NGROK_AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIDwjCCAqqgAwIBAgIUZqF2AkB17pISojTndgc2U5BDt7wwDQYJKoZIhvcNAQEL
BQAwbzEQMA4GA1UEAwwHUm9vdCBDQTENMAsGA1UECwwEcHJvZDESMBAGA1UECgwJ
bmdyb2sgSW5jMRYwFAYDVQQHDA1TYW4gRnJhbmNpc2NvMRMwEQYDVQQIDApDYWxp
Zm9ybmlhMQswCQYDVQQGEwJVUzAeFw0yMjA4MzExNDU5NDhaFw0zMjA4MjgxNDU5
NDhaMF8xCzAJBgNVBAYTAlVTMRMwEQYDVQQIDApDYWxpZm9ybmlhMRIwEAYDVQQK
DAluZ3JvayBJbmMxDTALBgNVBAsMBHByb2QxGDAWBgNVBAMMD0ludGVybWVkaWF0
ZSBDQTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAK+t8q9Ost9BxCWX
fyGG0mVQOpIiyrzzZWyqT6CZpMY2fpOadLuZeBP7ti2Iw4FgCpfLntL0RldvMMNY
4qq61dVrCwhL/v2ldsaHUdzjtFj1i+ZNGUtV4E9korHxm2YdsD91w6WIjF/J0lvo
X2koLwFlGc/CkhT8z2VWebY8a6mYNyz5S7yPTQh2/mQ14lx/QPJgZSFEE/EEkMDC
bs4BoMuqKMhCpqEP8m4+CxPQ5/V6POSqUIxT4A7eWWj2MRpnmirmVbXOc24Aznqk
bdQUP4qagiR/i7qPsRx+f4mFfDninPsXp/djjByo0xzdh+i1HFyOR/7nyNDKlJ+e
rymRgnUCAwEAAaNmMGQwHQYDVR0OBBYEFJ47nRzHaOT+vY44N3TCMYtGlBjIMB8G
A1UdIwQYMBaAFNxeUxPIM8G7cX0DhFc81pLD4W+HMBIGA1UdEwEB/wQIMAYBAf8C
AQAwDgYDVR0PAQH/BAQDAgGGMA0GCSqGSIb3DQEBCwUAA4IBAQBRmnMoOtQbYL7P
Co1B5Chslb86HP2WI1jGRXhbfwAF2ySDFnX2ZbRPVtoQ+IuqXWxyXAeicYjXR6kz
xX8hLWfD14kWUIz6ZgT3uZrDSIzmQ+tz8ztbT6mTI1ECWdjLV/i58f6vKzgLD8Vp
3VdVns8NA9ee6a65QNjZEnwBVeccysoWkOwM/KzuazhSGcGu44y/S4ny9pAg7Pol
2kV4NicDKD6tSAdXmPmjFalYUfnMmyhurZIPrS2dgYgpOrGVMwronTOZ3BUf4DL4
zkkmcLXss1KztQnLd23nuNiIscwMcGM58a3O5zUp7aorfrm7cdRgkFmcYVNO/6uG
Q5iJ+Ppk
-----END CERTIFICATE-----`;
