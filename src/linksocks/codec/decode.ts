import * as v from "valibot";
import { type Cursor, createCursor, UnreadableField } from "./cursor.ts";
import type { Decoded, MalformedMessage, Protocol } from "./message.ts";
import { GZIP, LONGEST_MESSAGE, OPERATION_CODES, PROTOCOL_CODES, PROTOCOL_VERSION, TYPE } from "./wire-format.ts";

/** Go leaves out what is empty. Members that we do not know are later releases' business. */
const LOG_BODY = v.object({ level: v.optional(v.string(), ""), msg: v.optional(v.string(), "") });
const PARTNERS_BODY = v.object({ count: v.optional(v.pipe(v.number(), v.integer()), 0) });

/**
 * The message that `frame` holds, whole; bytes after its last field are ignored, and so is a type that we do not know.
 * It never throws, and allocates nothing beyond the texts in it: a body is a part of `frame`, unless that goes on behind it.
 * See docs/protocols/linksocks.md#frames.
 */
export function decodeMessage(frame: Buffer): Decoded {
  if (frame.length < 2) return malformed("message too short");
  if (frame.length > LONGEST_MESSAGE) return malformed("message too long");
  const version = frame[0] ?? 0;
  const code = frame[1] ?? 0;
  if (version >> 4 !== PROTOCOL_VERSION >> 4) return malformed(`protocol version ${version >> 4}`);
  const body = createCursor(frame, 2);
  try {
    return decodeBody(code, body);
  } catch (error) {
    if (error instanceof UnreadableField) return malformed(`message of type ${code} ${error.message}`);
    throw error;
  }
}

function decodeBody(code: number, body: Cursor): Decoded {
  switch (code) {
    case TYPE.data:
      return decodeData(body);
    case TYPE.connect:
      return decodeConnect(body);
    case TYPE.connectResponse:
      return decodeConnectResponse(body);
    case TYPE.disconnect: {
      const channel = body.uuid();
      return { type: "disconnect", channel, reason: body.left > 0 ? body.text() : "" };
    }
    case TYPE.window:
      return { type: "window", channel: body.uuid(), bytes: body.u32() };
    case TYPE.finish:
      return { type: "finish", channel: body.uuid() };
    case TYPE.auth:
      return { type: "auth", token: body.token(), reverse: body.byte() !== 0, instance: body.uuid() };
    case TYPE.authResponse:
      return decodeAuthResponse(body);
    case TYPE.connector:
      return decodeConnector(body);
    case TYPE.connectorResponse: {
      const [request, success] = [body.uuid(), body.byte() !== 0];
      const isEmpty = body.left === 0;
      const error = success || isEmpty ? "" : body.text();
      const token = success && !isEmpty ? body.token() : "";
      return { type: "connector-response", request, success, error, token };
    }
    case TYPE.log: {
      const read = v.safeParse(LOG_BODY, readJson(body));
      if (!read.success) return malformed("invalid log message");
      return { type: "log", level: read.output.level, text: read.output.msg };
    }
    case TYPE.partners: {
      const read = v.safeParse(PARTNERS_BODY, readJson(body));
      return read.success ? { type: "partners", count: read.output.count } : malformed("invalid partners message");
    }
    default:
      return { type: "unknown", code };
  }
}

/** A bare failure, and a success with a token, are later releases' and the worker's. */
function decodeAuthResponse(body: Cursor): Decoded {
  const success = body.byte() !== 0;
  const isEmpty = body.left === 0;
  if (!success) return { type: "auth-response", success, error: isEmpty ? "" : body.text() };
  return { type: "auth-response", success, error: "", assignedToken: (!isEmpty && body.token()) || undefined };
}

function decodeConnect(body: Cursor): Decoded {
  const protocol = protocolOf(body.byte());
  const channel = body.uuid();
  const target = protocol === "tcp" ? { host: body.text(), port: body.u16() } : undefined;
  const window = body.window();
  const resume = window === undefined && body.left > 0 && body.byte() === 1;
  return { type: "connect", channel, protocol, target, resume, window };
}

function decodeConnectResponse(body: Cursor): Decoded {
  const success = body.byte() !== 0;
  const channel = body.uuid();
  if (success) return { type: "connect-response", channel, success, error: "", window: body.window() };
  // The worker and rusocks leave the text's length out where there is none.
  const error = body.left > 0 ? body.text() : "";
  return { type: "connect-response", channel, success, error };
}

function decodeData(body: Cursor): Decoded {
  const protocol = protocolOf(body.byte());
  const channel = body.uuid();
  const isCompressed = body.byte() === GZIP;
  const bytes = body.bytes(body.u32());
  const readAddress = () => (protocol === "udp" ? { host: body.text(), port: body.u16() } : undefined);
  const [source, target] = [readAddress(), readAddress()];
  // What nobody reads is not kept for as long as the body waits.
  const kept = body.left === 0 ? bytes : Buffer.from(bytes);
  return { type: "data", channel, protocol, isCompressed, body: kept, source, target };
}

function decodeConnector(body: Cursor): Decoded {
  const [request, token, code] = [body.uuid(), body.token(), body.byte()];
  if (code === OPERATION_CODES.add) return { type: "connector", request, token, operation: "add" };
  if (code === OPERATION_CODES.remove) return { type: "connector", request, token, operation: "remove" };
  return malformed("invalid operation type");
}

function protocolOf(code: number): Protocol {
  if (code === PROTOCOL_CODES.tcp) return "tcp";
  return code === PROTOCOL_CODES.udp ? "udp" : "none";
}

/** What there is to say is shorter; a longer text is not taken apart, for that takes time. */
const LONGEST_JSON = 64 * 1024;

/** A u32 length and as many bytes of JSON; undefined where it is none, or longer than any. */
function readJson(body: Cursor): unknown {
  const bytes = body.bytes(body.u32());
  if (bytes.length > LONGEST_JSON) return undefined;
  const text = bytes.toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function malformed(reason: string): MalformedMessage {
  return { type: "malformed", reason };
}
