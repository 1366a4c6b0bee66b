import { describeError, Failure } from "../../../platform/failure.ts";
import { startTimer } from "../../../platform/timers.ts";
import { onAbort } from "../../../platform/waiting.ts";

interface DownloadLimits {
  /** The largest archive that is accepted. */
  readonly bytes: number;
  /** The longest time without a byte, the answer's first one included. */
  readonly stallMilliseconds: number;
  /** The longest time for the whole download. */
  readonly totalMilliseconds: number;
}

export interface DownloadProgress {
  /** Bytes so far. */
  readonly received: number;
  /** Bytes in all, where the server says so. */
  readonly total: number | undefined;
}

export interface Download {
  /** http or https. Credentials in it are used, and left out of every message. */
  readonly url: string;
  /** What the archive must hash to, 64 lower-case hex digits. */
  readonly sha256: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly limits?: Partial<DownloadLimits> | undefined;
}

/** An archive has 4 MB, which a line of 64 kbit/s carries in ten minutes. */
export const DOWNLOAD_LIMITS: DownloadLimits = {
  bytes: 64 * 1024 * 1024,
  stallMilliseconds: 30_000,
  totalMilliseconds: 600_000,
};

/**
 * Downloads an archive into memory, where it is needed whole to be unpacked. Redirects are followed wherever they lead, http
 * included: the hash alone decides what is accepted. The proxy variables of the environment are honoured by fetch itself.
 * @returns its bytes, whose hash is right.
 * @throws Failure `download-failed` (network, status, limits, cancelled), `program-corrupt` (hash).
 */
export async function downloadArchive(download: Download): Promise<Uint8Array> {
  const limits = { ...DOWNLOAD_LIMITS, ...download.limits };
  const source = sourceOf(download.url);
  const watch = startWatch(source.shown, limits, download.signal);
  try {
    const response = await request(source, limits, watch);
    return await receive(response, download, source, limits, watch);
  } catch (error) {
    watch.signal.throwIfAborted();
    throw asFailure(error, source.shown);
  } finally {
    watch.stop();
  }
}

const PART = "wireproxy's download";

type DownloadWatch = ReturnType<typeof startWatch>;

/** Ends a download that stalls, takes too long or is cancelled; the signal's reason says which. `shown` names the source. */
function startWatch(shown: string, limits: DownloadLimits, cancel: AbortSignal | undefined) {
  const controller = new AbortController();
  const end = (what: string): void => controller.abort(downloadFailed(`${what}: ${shown}`));
  const stalled = (): void => end(`no byte arrived for ${limits.stallMilliseconds / 1000} s`);
  const tooLong = (): void => end(`the download took longer than ${limits.totalMilliseconds / 1000} s`);
  const stallTimer = startTimer(PART, limits.stallMilliseconds, stalled);
  const totalTimer = startTimer(PART, limits.totalMilliseconds, tooLong);
  const cancelling = cancel && onAbort(cancel, () => end("the download was cancelled"));
  return {
    signal: controller.signal,
    /** A byte has arrived. */
    touch: () => stallTimer.refresh(),
    /** Clears the timers and hangs up. */
    stop() {
      clearTimeout(stallTimer);
      clearTimeout(totalTimer);
      cancelling?.[Symbol.dispose]();
      controller.abort();
    },
  };
}

interface Source {
  readonly url: string;
  /** Without credentials and query, which may be secret. */
  readonly shown: string;
}

function sourceOf(url: string): Source {
  const parsed = URL.parse(url);
  if (parsed === null || !["http:", "https:"].includes(parsed.protocol)) {
    throw new Failure("download-failed", "the address to download from is not an http or https URL", {
      hint: "correct wireproxy.mirror",
    });
  }
  return { url, shown: `${parsed.origin}${parsed.pathname}` };
}

async function request({ url, shown }: Source, limits: DownloadLimits, watch: DownloadWatch): Promise<Response> {
  watch.signal.throwIfAborted();
  // The archive is wanted as it was published: some servers label a .tar.gz as an encoding, which fetch would undo.
  const headers = { "accept-encoding": "identity" };
  const response = await fetch(url, { signal: watch.signal, headers, decompress: false, maxRedirects: 10 });
  watch.touch();
  if (response.status !== 200) throw downloadFailed(`the server answered ${response.status} for ${shown}`);
  const announced = announcedLength(response);
  if (announced !== undefined && announced > limits.bytes) throw tooLarge(shown, limits);
  return response;
}

function announcedLength(response: Response): number | undefined {
  const text = response.headers.get("content-length");
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

async function receive(
  response: Response,
  { sha256, onProgress }: Download,
  { shown }: Source,
  limits: DownloadLimits,
  watch: DownloadWatch,
): Promise<Uint8Array> {
  // Chunk by chunk: the whole at once would keep the daemon from answering.
  const hash = new Bun.CryptoHasher("sha256");
  const total = announcedLength(response);
  const chunks: Uint8Array[] = [];
  let received = 0;
  for await (const chunk of response.body ?? []) {
    watch.touch();
    received += chunk.byteLength;
    if (received > limits.bytes) throw tooLarge(shown, limits);
    hash.update(chunk);
    chunks.push(chunk);
    onProgress?.({ received, total });
  }
  const actual = hash.digest("hex");
  if (actual !== sha256) throw corrupt(shown, sha256, actual);
  return Buffer.concat(chunks, received);
}

function tooLarge(shown: string, limits: DownloadLimits): Failure {
  return downloadFailed(`more than ${limits.bytes} bytes come from ${shown}, which no wireproxy archive has`);
}

function corrupt(shown: string, expected: string, actual: string): Failure {
  const message = `what came from ${shown} is not the published archive: expected SHA-256 ${expected}, got ${actual}`;
  return new Failure("program-corrupt", message, { hint: "nothing was installed; try again, or another mirror" });
}

function downloadFailed(message: string, cause?: unknown): Failure {
  return new Failure("download-failed", message, {
    hint: "check the network, set wireproxy.mirror, or install wireproxy by hand and set wireproxy.path",
    cause,
  });
}

function asFailure(error: unknown, shown: string): Failure {
  if (error instanceof Failure) return error;
  return downloadFailed(`the download of ${shown} broke off: ${describeError(error)}`, error);
}
