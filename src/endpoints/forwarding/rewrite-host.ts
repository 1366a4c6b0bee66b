import { type ByteStream, NO_LISTENER, type StreamListener } from "../../net/byte-stream.ts";
import { measureBody } from "../../net/proxy/http/body-meter.ts";
import { listOf, NO_BODY, parseFields, readFraming } from "../../net/proxy/http/fields.ts";
import { attemptOr } from "../../platform/failure.ts";
import { startTimer } from "../../platform/timers.ts";
import { FLOWS } from "./flows.ts";

/** What has not become a request line by then is passed on as it is, in milliseconds. */
const DECIDE_MS = 250;
/** A request line may have so many bytes, and a head with it so many. */
const LONGEST_LINE = 8 * 1024;
const LONGEST_HEAD = 64 * 1024;

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~\w]{1,64}) [!-~]+ HTTP\/1\.[01]\r\n/;
/** How far a request line has come that is not whole. */
const BEGINNING =
  /^[!#$%&'*+\-.^_`|~\w]{1,64}(?: [!-~]*(?: (?:H(?:T(?:T(?:P(?:\/(?:1(?:\.(?:[01]\r?)?)?)?)?)?)?)?)?)?)?$/;

/**
 * A client whose HTTP requests name another `Host`, as those do that come to an address of this machine: each gets the
 * endpoint's, and not another byte is changed. From the first request on that leaves a doubt, what comes is passed on as
 * it is: what is not HTTP/1, an upgrade, a body whose end is not clear.
 * @param host as the endpoint's URL has it, its port only where it is not the scheme's.
 */
export function rewriteHost(client: ByteStream, host: string): ByteStream {
  const edit = createRequestEditor(host);
  const data: ByteStream["data"] = {
    listener: {
      ...NO_LISTENER,
      onReplaced() {
        const former = client.data.listener;
        client.data.listener = incoming;
        former.onReplaced?.(incoming);
      },
    },
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const incoming: StreamListener = {
    onData(bytes) {
      for (const piece of edit.take(bytes)) data.listener.onData(piece);
      if (edit.isUndecided) timer ??= startTimer(FLOWS, DECIDE_MS, decide);
      else forgetTimer();
    },
    onDrain: () => data.listener.onDrain(),
    onEnd() {
      passRest();
      data.listener.onEnd();
    },
    onClose(wasBroken) {
      passRest();
      data.listener.onClose(wasBroken);
    },
  };
  return {
    data,
    write: (bytes) => client.write(bytes),
    pause: () => client.pause(),
    resume: () => client.resume(),
    shutdown: () => client.shutdown(),
    end: () => client.end(),
    terminate: () => client.terminate(),
  };

  function decide(): void {
    timer = undefined;
    if (edit.isUndecided) passRest();
  }

  function passRest(): void {
    forgetTimer();
    const rest = edit.giveUp();
    if (rest.length > 0) data.listener.onData(rest);
  }

  function forgetTimer(): void {
    clearTimeout(timer);
    timer = undefined;
  }
}

/** Cuts what a client sends into requests, and changes their `Host`. */
function createRequestEditor(host: string) {
  let kept: Buffer = Buffer.alloc(0);
  let body: ReturnType<typeof measureBody> | undefined;
  let isRaw = false;

  return {
    /** Something is kept of which it is not clear whether it is HTTP. */
    get isUndecided(): boolean {
      return kept.length > 0 && !kept.includes("\r\n");
    },
    /** @returns what is to be passed on now. */
    take(bytes: Uint8Array): readonly Uint8Array[] {
      const pieces: Uint8Array[] = [];
      let rest = bytes;
      while (rest.length > 0) {
        if (isRaw) pieces.push(rest);
        const next = isRaw ? NOTHING : body === undefined ? takeHead(rest, pieces) : takeBody(body, rest, pieces);
        rest = next;
      }
      return pieces;
    },
    /** Nothing more is changed. @returns what was kept. */
    giveUp,
  };

  function takeBody(meter: NonNullable<typeof body>, bytes: Uint8Array, pieces: Uint8Array[]): Uint8Array {
    const taken = attemptOr(undefined, () => meter.take(bytes));
    if (taken === undefined) {
      isRaw = true;
      return bytes;
    }
    pieces.push(bytes.subarray(0, taken));
    if (meter.isDone) body = undefined;
    return bytes.subarray(taken);
  }

  /** @returns what comes behind the head; nothing where that is not whole. */
  function takeHead(bytes: Uint8Array, pieces: Uint8Array[]): Uint8Array {
    const from = Math.max(0, kept.length - 3);
    kept = Buffer.concat([kept, bytes]);
    const line = kept.toString("latin1", 0, LONGEST_LINE);
    const isRequest = REQUEST_LINE.test(line);
    if (!isRequest && !BEGINNING.test(line)) return giveUp();
    const end = kept.indexOf("\r\n\r\n", from);
    if (end === -1) return kept.length > (isRequest ? LONGEST_HEAD : LONGEST_LINE) ? giveUp() : NOTHING;
    const head = attemptOr(undefined, () => editHead(kept.toString("latin1", 0, end), host));
    if (head === undefined) return giveUp();
    const rest = kept.subarray(end + 4);
    kept = Buffer.alloc(0);
    pieces.push(Buffer.from(`${head.text}\r\n\r\n`, "latin1"));
    isRaw = head.isLast;
    body = head.body === NO_BODY ? undefined : measureBody(head.body);
    if (body?.isDone === true) body = undefined;
    return rest;
  }

  function giveUp(): Uint8Array {
    isRaw = true;
    const rest = kept;
    kept = Buffer.alloc(0);
    return rest;
  }
}

const NOTHING = new Uint8Array(0);

/** @returns undefined where it is not for us to change. @throws HttpFault likewise. */
function editHead(text: string, host: string) {
  const [first = "", ...lines] = text.split("\r\n");
  const [, method] = REQUEST_LINE.exec(`${first}\r\n`) ?? [];
  const fields = parseFields(lines);
  const hosts = fields.filter(({ name }) => name === "host");
  if (method === "CONNECT" || hosts.length !== 1) return undefined;
  const body = readFraming(fields) ?? NO_BODY;
  const isLast = listOf(fields, "connection").includes("upgrade");
  const edited = fields.map(({ name, line }) =>
    name === "host" ? line.replace(/^([^:]*:[ \t]*).*?([ \t]*)$/, (_, before, after) => before + host + after) : line,
  );
  return { text: [first, ...edited].join("\r\n"), body, isLast };
}
