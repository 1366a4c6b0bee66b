import { describe, expect, test } from "bun:test";
import { connectTcp, serveTcp, type TcpStream } from "../../../rig/tcp-stream.ts";
import { startProxy } from "../proxy-rig.ts";

describe("a request in absolute form", () => {
  test("a request in absolute form comes to its host in origin form, without what concerns the proxy alone", async () => {
    using host = serveOnce("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=5\r\nX-Own: a\r\n\r\nhi");
    using rig = startProxy();
    using client = await connectTcp("127.0.0.1", rig.port);
    await client.write(
      `GET http://127.0.0.1:${host.port}/a?b=c HTTP/1.1\r\nHost: 127.0.0.1:${host.port}\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic eDp5\r\nConnection: X-Hop\r\nX-Hop: 1\r\nAccept: */*\r\n\r\n`,
    );
    expect(await readUntil(client, "hi")).toBe("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Own: a\r\n\r\nhi");
    expect(host.heard()).toBe(`GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:${host.port}\r\nAccept: */*\r\n\r\n`);
  });

  test("requests of one connection reach their host over one connection, one after the other, though they came at once", async () => {
    using host = serve(async (stream) => {
      for (let count = 1; ; count += 1) {
        const head = await readHead(stream);
        if (head === "") return;
        await stream.write(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${count}`);
      }
    });
    using rig = startProxy();
    using client = await connectTcp("127.0.0.1", rig.port);
    await client.write(get(host.port, "/1") + get(host.port, "/2") + get(host.port, "/3", "Connection: close\r\n"));
    client.finish();
    expect((await readAll(client)).match(/\r\n\r\n\d/g)).toEqual(["\r\n\r\n1", "\r\n\r\n2", "\r\n\r\n3"]);
    expect(rig.dialled).toHaveLength(1);
  });

  test("a request is made again where a kept connection turns out to be closed", async () => {
    using host = serve(async (stream) => {
      await readHead(stream);
      await stream.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
      await readHead(stream);
    });
    using rig = startProxy();
    using client = await connectTcp("127.0.0.1", rig.port);
    for (let count = 1; count <= 2; count += 1) {
      await client.write(get(host.port, "/"));
      expect(await readUntil(client, "\r\n\r\n1")).toStartWith("HTTP/1.1 200 OK");
    }
    expect(rig.dialled).toHaveLength(2);
  });

  test.each([
    ["with a length", "Content-Length: 11\r\n\r\n", "hello world"],
    [
      "in chunks, with a trailer",
      "Transfer-Encoding: chunked\r\n\r\n",
      "5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\n\r\n",
    ],
  ])("a body %s passes as it is, both ways, and the connection goes on", async (_, framing, body) => {
    using host = serve(async (stream) => {
      for (;;) {
        if ((await readHead(stream)) === "") return;
        await stream.readExactly(body.length);
        await stream.write(`HTTP/1.1 200 OK\r\n${framing}${body}`);
      }
    });
    using rig = startProxy();
    using client = await connectTcp("127.0.0.1", rig.port);
    for (let count = 0; count < 2; count += 1) {
      await client.write(`POST ${url(host.port)} HTTP/1.1\r\nHost: 127.0.0.1:${host.port}\r\n${framing}`);
      for (const character of body) await client.write(character);
      expect(await readUntil(client, body)).toEndWith(`\r\n\r\n${body}`);
    }
  });

  test("a response without a length ends with the connection, and so does the client's", async () => {
    using host = serveOnce("HTTP/1.0 200 OK\r\n\r\nall of it");
    using rig = startProxy();
    using client = await connectTcp("127.0.0.1", rig.port);
    await client.write(get(host.port, "/"));
    expect(await readAll(client)).toBe("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it");
  });

  test("a response to HEAD has no body whatever its length says, and an interim response comes before the final one", async () => {
    using host = serve(async (stream) => {
      await readHead(stream);
      await stream.write("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
      await readHead(stream);
      await stream.write("HTTP/1.1 204 No Content\r\n\r\n");
    });
    using rig = startProxy();
    using client = await connectTcp("127.0.0.1", rig.port);
    await client.write(get(host.port, "/").replace("GET", "HEAD"));
    expect(await readUntil(client, "Length: 5\r\n\r\n")).toStartWith(
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200",
    );
    await client.write(get(host.port, "/"));
    expect(await readUntil(client, "\r\n\r\n")).toBe("HTTP/1.1 204 No Content\r\n\r\n");
  });

  test("a client that half-closes behind its request gets its response", async () => {
    using host = serveOnce("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    using rig = startProxy();
    using client = await connectTcp("127.0.0.1", rig.port);
    await client.write(get(host.port, "/"));
    client.finish();
    expect(await readAll(client)).toEndWith("\r\n\r\nhi");
  });

  test("a WebSocket is opened by a request in absolute form, and carried from then on", async () => {
    using host = serve(async (stream) => {
      expect(await readHead(stream)).toContain("Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
      await stream.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nfirst");
      await stream.write(await stream.readExactly(4));
    });
    using rig = startProxy();
    using client = await connectTcp("127.0.0.1", rig.port);
    await client.write(get(host.port, "/", "Upgrade: websocket\r\nConnection: Upgrade\r\n"));
    expect(await readUntil(client, "first")).toStartWith("HTTP/1.1 101 ");
    await client.write("ping");
    expect(await readAll(client)).toBe("ping");
  });

  test("a host that cannot be reached, or may not be, is told by the status, and the client is closed", async () => {
    using rig = startProxy();
    for (const [host, status] of [
      ["blocked.example", "403 Forbidden"],
      ["127.0.0.1:1", "502 Bad Gateway"],
    ]) {
      using client = await connectTcp("127.0.0.1", rig.port);
      await client.write(`GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect(await readAll(client)).toStartWith(`HTTP/1.1 ${status}\r\n`);
    }
  });

  test.each([
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"],
    ["both lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a folded line", "HTTP/1.1 200 OK\r\nX: a\r\n folded\r\n\r\n"],
    ["lines without CR", "HTTP/1.1 200 OK\nContent-Length: 1\n\nx"],
    ["another protocol", "SSH-2.0-OpenSSH\r\n\r\n"],
    ["a head of more than 64 KiB", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(65_536)}\r\n\r\n`],
    ["a change of protocol unasked", "HTTP/1.1 101 Switching Protocols\r\n\r\n"],
    ["nothing at all", ""],
  ])("a response with %s is not passed on: 502", async (_, answer) => {
    using host = serveOnce(answer);
    using rig = startProxy();
    using client = await connectTcp("127.0.0.1", rig.port);
    await client.write(get(host.port, "/"));
    expect(await readAll(client)).toStartWith("HTTP/1.1 502 Bad Gateway\r\n");
  });

  test("a host that breaks off within its body breaks the client's connection, so that nobody takes the part for the whole", async () => {
    using host = serveOnce("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    using rig = startProxy();
    using client = await connectTcp("127.0.0.1", rig.port);
    await client.write(get(host.port, "/"));
    await expect(readAll(client)).rejects.toThrow();
  });

  test("a host that answers before it has taken the body is heard, and the connection ends", async () => {
    using host = serveOnce("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
    using rig = startProxy();
    using client = await connectTcp("127.0.0.1", rig.port);
    await client.write(get(host.port, "/", "Content-Length: 1000000\r\n").replace("GET", "POST"));
    expect(await readAll(client)).toStartWith("HTTP/1.1 413 ");
  });

  test("a large response waits for a client that does not read, and comes whole", async () => {
    const size = 64 * 1024 * 1024;
    let sent = 0;
    using host = serve(async (stream) => {
      await readHead(stream);
      await stream.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
      const piece = new Uint8Array(1024 * 1024);
      for (; sent < size; sent += piece.length) await stream.write(piece);
      await readHead(stream);
    });
    using rig = startProxy();
    using client = await connectTcp("127.0.0.1", rig.port);
    await client.write(get(host.port, "/"));
    await readUntil(client, "\r\n\r\n");
    let got = 0;
    while (got < size / 2) got += (await client.read())?.length ?? size;
    expect(sent).toBeLessThan(size);
    while (got < size - 1024 * 1024) got += (await client.read())?.length ?? size;
    expect(got).toBeLessThanOrEqual(size);
  });
});

test("a CONNECT is carried with what came at once with it, also behind other requests", async () => {
  using echo = serve(async (stream) => {
    for (let bytes = await stream.read(); bytes !== undefined; bytes = await stream.read()) await stream.write(bytes);
  });
  using host = serveOnce("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  using rig = startProxy();
  using client = await connectTcp("127.0.0.1", rig.port);
  const authority = `127.0.0.1:${echo.port}`;
  await client.write(`${get(host.port, "/")}CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\nhello`);
  client.finish();
  expect(await readAll(client)).toEndWith("hiHTTP/1.1 200 Connection established\r\n\r\nhello");
});

function url(port: number, path = "/"): string {
  return `http://127.0.0.1:${port}${path}`;
}

function get(port: number, path: string, more = ""): string {
  return `GET ${url(port, path)} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${more}\r\n`;
}

function serve(act: (stream: TcpStream) => Promise<void>) {
  const server = serveTcp("127.0.0.1", 0, act);
  return { port: server.port, [Symbol.dispose]: server.close };
}

/** A host that reads one head, answers it, and closes. */
function serveOnce(answer: string) {
  let head = "";
  const server = serve(async (stream) => {
    head = await readHead(stream);
    await stream.write(answer);
  });
  return { ...server, heard: () => head };
}

/** @returns "" where the peer ends before. */
async function readHead(stream: TcpStream): Promise<string> {
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    const bytes = await stream.readExactly(1).catch(() => undefined);
    if (bytes === undefined) return "";
    head += String.fromCharCode(bytes[0] ?? 0);
  }
  return head;
}

async function readUntil(stream: TcpStream, end: string): Promise<string> {
  let text = "";
  while (!text.endsWith(end)) text += Buffer.from(await stream.readExactly(1)).toString("latin1");
  return text;
}

async function readAll(stream: TcpStream): Promise<string> {
  let text = "";
  for (let bytes = await stream.read(); bytes !== undefined; bytes = await stream.read())
    text += Buffer.from(bytes).toString("latin1");
  return text;
}
