import { afterEach, describe, expect, test } from "bun:test";
import {
  type Download,
  type DownloadProgress,
  downloadArchive,
} from "../../../../src/tunnels/wireproxy/program/download.ts";
import { rejectionOf } from "../../../rig/rejection.ts";
import { makeArchive, makeProgram, sha256 } from "./archive.ts";
import { type Mirror, makeGatedBody, startMirror } from "./mirror.ts";

const archive = makeArchive({ name: "wireproxy", content: makeProgram() });

let mirror: Mirror | undefined;

afterEach(async () => {
  await mirror?.stop();
});

describe("a download that succeeds", () => {
  test("a download that succeeds gives the archive, and tells how far it is", async () => {
    const progress: DownloadProgress[] = [];
    const download = from(() => new Response(archive));
    const received = await downloadArchive({ ...download, onProgress: (step) => progress.push(step) });
    expect(sha256(received)).toBe(sha256(archive));
    expect(progress.at(-1)).toEqual({ received: archive.length, total: archive.length });
    expect(progress.every(({ received }, index) => received > (progress[index - 1]?.received ?? 0))).toBe(true);
  });

  test("a download that succeeds may come without its length", async () => {
    const progress: DownloadProgress[] = [];
    const gate = makeGatedBody();
    await gate.send(archive);
    await gate.finish();
    await downloadArchive({ ...from(() => new Response(gate.body)), onProgress: (step) => progress.push(step) });
    expect(progress.at(-1)).toEqual({ received: archive.length, total: undefined });
  });

  test("a download that succeeds may be redirected", async () => {
    const answer = (request: Request): Response =>
      request.url.endsWith("/moved") ? new Response(archive) : Response.redirect("/moved", 302);
    await downloadArchive(from(answer));
    expect(mirror?.requests).toEqual(["/asset.tar.gz", "/moved"]);
  });

  test("a download that succeeds is taken as published where the server calls the archive an encoding", async () => {
    const labelled = () => new Response(archive, { headers: { "content-encoding": "gzip" } });
    expect(sha256(await downloadArchive(from(labelled)))).toBe(sha256(archive));
  });
});

describe("a download that fails", () => {
  test("a download fails for a wrong hash, with the expected and the actual one", async () => {
    const failure = await rejectionOf(
      downloadArchive({ ...from(() => new Response("other")), sha256: "0".repeat(64) }),
    );
    expect(failure.code).toBe("program-corrupt");
    expect(failure.message).toContain("0".repeat(64));
    expect(failure.message).toContain(sha256(new TextEncoder().encode("other")));
  });

  test.each([404, 403, 500, 204, 206])("a download fails for status %i, whatever the body", async (status) => {
    const body = status === 204 ? null : archive;
    const failure = await rejectionOf(downloadArchive(from(() => new Response(body, { status }))));
    expect(failure.code).toBe("download-failed");
    expect(failure.message).toContain(`answered ${status}`);
    expect(failure.hint).toContain("wireproxy.mirror");
  });

  test("a download fails for a size beyond the limit, announced: not a byte is taken", async () => {
    const failure = await rejectionOf(
      downloadArchive({ ...from(() => new Response(archive)), limits: { bytes: 1000 }, onProgress: unexpected }),
    );
    expect(failure.message).toContain("more than 1000 bytes");
  });

  test("a download fails for an archive that is announced with more than 64 MiB, where no limit is given", async () => {
    const announced = async (length: number) => {
      using server = Bun.listen({
        hostname: "127.0.0.1",
        port: 0,
        socket: {
          data: (socket) =>
            void socket.end(`HTTP/1.1 200 OK
Content-Length: ${length}

short`),
        },
      });
      return await rejectionOf(downloadArchive(at(`http://127.0.0.1:${server.port}/asset.tar.gz`)));
    };
    expect((await announced(64 * 1024 * 1024 + 1)).message).toContain("more than 67108864 bytes");
    expect((await announced(64 * 1024 * 1024)).message).not.toContain("more than");
  });

  test("a download fails for a size beyond the limit, unannounced", async () => {
    const gate = makeGatedBody();
    const failing = rejectionOf(downloadArchive({ ...from(() => new Response(gate.body)), limits: { bytes: 1000 } }));
    await gate.send(archive.subarray(0, 1001));
    expect((await failing).message).toContain("more than 1000 bytes");
  });

  test("a download fails for a server that never answers", async () => {
    const never = Promise.withResolvers<Response>();
    const failure = await rejectionOf(
      downloadArchive({ ...from(() => never.promise), limits: { stallMilliseconds: 100 } }),
    );
    expect(failure.message).toContain("no byte arrived for 0.1 s");
  });

  test("a download fails for a stall in the midst", async () => {
    const gate = makeGatedBody();
    const failing = rejectionOf(
      downloadArchive({ ...from(() => new Response(gate.body)), limits: { stallMilliseconds: 100 } }),
    );
    await gate.send(archive.subarray(0, 1000));
    expect((await failing).message).toContain("no byte arrived for 0.1 s");
  });

  test("a download fails for a trickle that never stalls, when the overall limit is reached", async () => {
    const gate = makeGatedBody();
    const trickle = setInterval(() => gate.send(new Uint8Array(1)), 20);
    const limits = { stallMilliseconds: 5000, totalMilliseconds: 250 };
    const failure = await rejectionOf(downloadArchive({ ...from(() => new Response(gate.body)), limits }));
    clearInterval(trickle);
    expect(failure.message).toContain("took longer than 0.25 s");
  });

  test("a download fails for a cancellation, before and during", async () => {
    const before = await rejectionOf(
      downloadArchive({ ...from(() => new Response(archive)), signal: AbortSignal.abort() }),
    );
    expect(before.message).toContain("cancelled");
    expect(mirror?.requests).toEqual([]);
    await mirror?.stop();

    const gate = makeGatedBody();
    const cancel = new AbortController();
    const failing = rejectionOf(
      downloadArchive({
        ...from(() => new Response(gate.body)),
        signal: cancel.signal,
        onProgress: () => cancel.abort(),
      }),
    );
    await gate.send(archive.subarray(0, 1000));
    expect((await failing).message).toContain("cancelled");
  });

  test("a download fails for a body that ends early", async () => {
    const server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data: (socket) => {
          socket.end("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf");
        },
      },
    });
    const failure = await rejectionOf(downloadArchive(at(`http://127.0.0.1:${server.port}/asset.tar.gz`)));
    server.stop(true);
    expect(failure.code).toBe("download-failed");
    expect(failure.message).toContain("broke off");
  });

  test("a download fails for nobody listening, with the address but without its credentials", async () => {
    const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { port } = server;
    server.stop(true);
    const failure = await rejectionOf(
      downloadArchive(at(`http://user:secret@127.0.0.1:${port}/a.tar.gz?token=secret`)),
    );
    expect(failure.code).toBe("download-failed");
    expect(failure.message).toContain(`http://127.0.0.1:${port}/a.tar.gz`);
    expect(failure.message).not.toContain("secret");
  });

  test.each(["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "nonsense"])(
    "a download fails for the address %s",
    async (url) => {
      expect((await rejectionOf(downloadArchive(at(url)))).code).toBe("download-failed");
    },
  );
});

function from(answer: (request: Request) => Response | Promise<Response>): Download {
  mirror = startMirror(answer);
  return at(`${mirror.url}/asset.tar.gz`);
}

function at(url: string): Download {
  return { url, sha256: sha256(archive) };
}

function unexpected(): never {
  throw new Error("no byte should have been taken");
}
