import { type CertificateAuthority, createAuthority, type SignedCertificate } from "./certificate-authority.ts";
import { serveTcp, type TcpStream } from "./tcp-stream.ts";

/** Who trusts whom: the ingress has its certificate from an authority below a root that nobody knows. */
export interface IngressCertificates {
  readonly server: SignedCertificate;
  readonly serverAuthority: CertificateAuthority;
  readonly clientAuthority: CertificateAuthority;
  readonly client: SignedCertificate;
}

export function createIngressCertificates(): IngressCertificates {
  const serverAuthority = createAuthority().issueAuthority();
  const clientAuthority = createAuthority("client authority");
  return {
    serverAuthority,
    server: serverAuthority.issue("localhost"),
    clientAuthority,
    client: clientAuthority.issue(),
  };
}

/** What came of one connection. */
export interface IngressRequest {
  /** With its length, in hexadecimal. */
  readonly frame: string;
  readonly serverName: string;
  readonly isResumed: boolean;
  /** Of the client's certificate. */
  readonly serialNumber: string;
}

/** An answer of the ingress that is a success over TCP. */
export const ACCEPTED = Buffer.from("11000a0a65705f326162634445461203746370", "hex");

/** ngrok's ingress as a test needs it. @param serve speaks after the request has been read. */
export function startIngress(
  { server, clientAuthority }: IngressCertificates,
  serve: (stream: TcpStream, frame: string) => Promise<void>,
  at = 0,
): Disposable & { readonly port: number; readonly requests: readonly IngressRequest[]; readonly opened: () => number } {
  const requests: IngressRequest[] = [];
  let opened = 0;
  const { port, close } = serveTcp(
    "localhost",
    at,
    async (stream, socket) => {
      opened += 1;
      const length = await stream.readExactly(2);
      const body = await stream.readExactly(Buffer.from(length).readUInt16LE());
      const frame = Buffer.concat([length, body]).toString("hex");
      requests.push({
        frame,
        serverName: String(socket.getServername()),
        isResumed: socket.isSessionReused(),
        serialNumber: String(socket.getPeerCertificate().serialNumber),
      });
      await serve(stream, frame);
    },
    { ...server, requestCert: true, rejectUnauthorized: true, ca: clientAuthority.cert },
  );
  return { port, requests, opened: () => opened, [Symbol.dispose]: close };
}
