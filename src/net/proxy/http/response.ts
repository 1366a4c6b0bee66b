import type { ForwardRequest } from "../proxy-request.ts";
import {
  type BodyFraming,
  HttpFault,
  listOf,
  NO_BODY,
  parseFields,
  passOn,
  readFraming,
  valuesOf,
  writeHead,
} from "./fields.ts";

/** A response's head, as the client is to have it. */
export interface HttpResponse {
  /** Empty where the client is not told: an old one hears of no interim response. */
  readonly head: Uint8Array;
  /** Another one follows, RFC 9110 section 15.2. */
  readonly isInterim: boolean;
  /** From here on the connection speaks another protocol. */
  readonly switches: boolean;
  readonly body: BodyFraming;
  /** The host's connection, and the client's, can carry another request. */
  readonly hostStays: boolean;
  readonly clientStays: boolean;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;

/** Reads the head of an answer to `request`; RFC 9112 section 6.3. @throws HttpFault where it is not passed on. */
export function parseResponse(lines: readonly string[], request: ForwardRequest): HttpResponse {
  const [, minor, code = "", reason = ""] = STATUS_LINE.exec(lines[0] ?? "") ?? [];
  if (minor === undefined) throw new HttpFault("the host does not answer in HTTP");
  const status = Number(code);
  const fields = parseFields(lines.slice(1));
  const switches = status === 101;
  if (switches && !request.upgrades) throw new HttpFault("the host changes the protocol unasked");
  const isInterim = status < 200 && !switches;
  const framing = readFraming(fields);
  const hasBody = request.method !== "HEAD" && status >= 200 && status !== 204 && status !== 304;
  const body = hasBody ? (framing ?? { kind: "until-close" }) : NO_BODY;
  if (request.isOld && body.kind === "chunked") throw new HttpFault("the host answers an HTTP/1.0 client in chunks");
  const endsByClose = body.kind === "until-close";
  const hostStays = minor === "1" && !endsByClose && !listOf(fields, "connection").includes("close");
  const clientStays = request.keepsAlive && !endsByClose;
  const upgrade = switches ? valuesOf(fields, "upgrade").map((value) => `Upgrade: ${value}`) : [];
  const connection = switches ? ["Connection: Upgrade"] : isInterim || clientStays ? [] : ["Connection: close"];
  const passed = passOn(fields).map(({ line }) => line);
  const isTold = !(isInterim && request.isOld);
  return {
    head: isTold ? writeHead(`HTTP/1.1 ${code} ${reason}`, [...passed, ...upgrade, ...connection]) : new Uint8Array(0),
    isInterim,
    switches,
    body,
    hostStays,
    clientStays,
  };
}
