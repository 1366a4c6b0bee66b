import { describeError, Failure } from "../../platform/failure.ts";

/**
 * The certificates in the PEM file at `path`.
 * @returns undefined where no file is named. @throws Failure `usage`
 */
export async function readCertificateAuthority(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await Bun.file(path)
    .text()
    .catch((error) => {
      throw new Failure("usage", `the certificates cannot be read: ${describeError(error)}`, { cause: error });
    });
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new Failure("usage", `${path} holds no certificate`, {
    hint: "a PEM file is expected, with -----BEGIN CERTIFICATE----- in it",
  });
}
