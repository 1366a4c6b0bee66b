import { contain, containBriefly } from "../../platform/containment.ts";
import { systemCode } from "../../platform/failure.ts";
import { startInterval, startTimer } from "../../platform/timers.ts";
import { onAbort } from "../../platform/waiting.ts";
import { CONGESTED_BYTES, DRAINED_BYTES, type Link, type LinkListener, toFrame } from "./link.ts";

export interface ClientLinkOptions {
  /** Whose it is, see platform/containment.ts. */
  readonly part: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The certificates that are trusted in place of the system's, PEM. */
  readonly certificateAuthority: string | undefined;
  /** An HTTP proxy that leads to the server. */
  readonly proxy: string | undefined;
  /** How long connecting and the WebSocket's handshake may take, in milliseconds. */
  readonly milliseconds: number;
  readonly signal: AbortSignal;
}

/** Bun's client tells nothing when it has sent what waited; so it is asked, while something waits. */
const DRAIN_POLL_MS = 1;

/** The server has answered with another status than 101. */
export class UpgradeRefused extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the server answered with status ${status}`);
    this.status = status;
  }
}

/** Why there is no connection, and to whom; nothing of the URL behind its host, where the token stands. */
function explainFault(fault: string, code: string | undefined, { url, proxy }: ClientLinkOptions): string {
  const { protocol, host, hostname } = new URL(url);
  const next = proxy === undefined ? `${protocol}//${host}` : `the environment's proxy ${new URL(proxy).host}`;
  const through = proxy === undefined ? "" : ` through the environment's proxy ${new URL(proxy).host}`;
  if (code === "ECONNREFUSED") return `${next} refuses connections`;
  if (code === "ENOTFOUND") return `there is no host ${proxy === undefined ? hostname : new URL(proxy).hostname}`;
  if (code === "ECONNRESET") return `${next} has closed the connection before it answered`;
  if (code !== undefined && /CERT|ISSUER|SELF_SIGNED|ALTNAME/.test(code)) {
    const remedy = "trust it with --ca, or with CertificateAuthority in a config";
    return `the certificate of ${host} is not trusted${through} (${fault}): ${remedy}`;
  }
  if (code === "EPROTO")
    return `${host} does not speak TLS as asked${through} (${fault}): without TLS its URL begins with ws://`;
  return `${fault} (${protocol}//${host}${through})`;
}

/**
 * Opens a WebSocket to a server, and resolves once it is open. `accept` is told of it first, and gives its listener.
 * @throws UpgradeRefused, or Error with a sentence for people, in which the URL and with it the token does not stand.
 */
export async function openClientLink(options: ClientLinkOptions, accept: (link: Link) => LinkListener): Promise<void> {
  const { part, url, headers, certificateAuthority, proxy, milliseconds, signal } = options;
  const socket = new WebSocket(url, {
    headers: { ...headers },
    perMessageDeflate: false,
    ...(certificateAuthority === undefined ? {} : { tls: { ca: certificateAuthority } }),
    ...(proxy === undefined ? {} : { proxy }),
  });
  socket.binaryType = "nodebuffer";
  const opened = Promise.withResolvers<void>();
  let listener: LinkListener | undefined;
  let polling: ReturnType<typeof setInterval> | undefined;
  let fault = "";
  let code: string | undefined;

  const hear = <Event>(act: (event: Event) => void) => contain(part, act, () => socket.terminate());
  socket.onopen = hear(() => {
    listener = accept({
      part,
      send(frame) {
        if (socket.readyState === WebSocket.OPEN) socket.send(frame);
      },
      get isCongested() {
        // A closed socket keeps its number for ever.
        const isOpen = socket.readyState === WebSocket.OPEN;
        if (polling === undefined && isOpen && socket.bufferedAmount > CONGESTED_BYTES)
          polling = startInterval(part, DRAIN_POLL_MS, look);
        return polling !== undefined;
      },
      get bufferedBytes() {
        return socket.bufferedAmount;
      },
      pause: () => void socket.pause(),
      resume: () => void socket.resume(),
      ping: () => socket.ping(),
      pong: () => socket.pong(),
      close: (code, reason) => socket.close(code, reason),
      terminate: () => socket.terminate(),
    });
    opened.resolve();
  });
  socket.onmessage = containBriefly(
    part,
    ({ data }: MessageEvent<string | Buffer>) => listener?.onFrame(toFrame(data)),
    () => socket.terminate(),
  );
  socket.addEventListener(
    "ping",
    hear(() => listener?.onLife()),
  );
  socket.addEventListener(
    "pong",
    hear(() => listener?.onPong()),
  );
  socket.onerror = hear(({ message, error }: ErrorEvent) => {
    // What stands before it names the whole URL.
    fault = message.replace(/^.*? failed: /s, "");
    code = systemCode(error);
  });
  socket.onclose = hear(({ code: closeCode, reason }: CloseEvent) => {
    clearInterval(polling);
    const status = /status code: (\d+)/.exec(fault)?.[1];
    const why = reason || fault || `closed with code ${closeCode}`;
    if (status !== undefined) opened.reject(new UpgradeRefused(Number(status)));
    else opened.reject(new Error(listener === undefined ? explainFault(why, code, options) : why));
    listener?.onClose(why);
  });

  const timer = startTimer(part, milliseconds, () => giveUp("timed out"));
  using _ = onAbort(signal, () => giveUp("given up"));
  try {
    await opened.promise;
  } finally {
    clearTimeout(timer);
  }

  function look(): void {
    if (socket.bufferedAmount > DRAINED_BYTES) return;
    clearInterval(polling);
    polling = undefined;
    listener?.onDrain();
  }

  function giveUp(why: string): void {
    opened.reject(new Error(why));
    socket.terminate();
  }
}
