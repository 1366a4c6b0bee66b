import { afterEach, expect, test } from "bun:test";
import { provokePeers } from "../../../src/tunnels/wireproxy/provoke.ts";
import { childRecord } from "../../rig/child-record.ts";
import { until } from "../../rig/until.ts";

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

test("a child that does not tell of its peers yet is asked for an address all the same", async () => {
  const asked: string[] = [];
  const proxy = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, bytes) {
        if (bytes.length === 3) socket.write(new Uint8Array([5, 0]));
        else asked.push(bytes.toHex());
      },
    },
  });
  const closed = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const infoPort = closed.port;
  closed.stop();
  closing.push(() => proxy.stop(true));
  const record = childRecord({ socks: `127.0.0.1:${proxy.port}`, infoPort });
  expect(await provokePeers(record, {})).toBe(true);
  // SOCKS5, CONNECT, IPv4, 192.0.2.1, port 9: RFC 1928, section 4.
  expect(await until("the request", () => asked[0])).toBe("05010001c00002010009");
});
