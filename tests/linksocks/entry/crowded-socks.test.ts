import { expect, test } from "bun:test";
import { join } from "node:path";

const LISTENER = join(import.meta.dir, "../../../src/linksocks/entry/socks-listener.ts");

/** Two listeners in a process that may have 256 descriptors: 51 are for clients of SOCKS. */
const CROWD = `
import { once } from "node:events";
import { connect } from "node:net";
const { listenForSocks } = await import(${JSON.stringify(LISTENER)});
const lines = [];
const listen = () => listenForSocks({
  host: "127.0.0.1", port: 0, credentials: { username: "", password: "" }, fastOpen: false,
  log: (level, text) => lines.push(text), pickTrunk: () => new Promise(() => undefined),
});
const ports = [listen().port, listen().port];
const join = async (port, ...bytes) => {
  const socket = connect(port, "127.0.0.1");
  const told = { closed: false, bytes: [] };
  socket.on("data", (chunk) => told.bytes.push(...chunk)).on("close", () => (told.closed = true)).on("error", () => undefined);
  await once(socket, "connect");
  if (bytes.length > 0) socket.write(new Uint8Array(bytes));
  return told;
};
const until = async (look) => { while (!look()) await new Promise((resolve) => setTimeout(resolve, 1)); };
const GREETING = [5, 1, 0];
const REQUEST = [5, 1, 0, 1, 127, 0, 0, 1, 0, 9];
const speaking = await join(ports[0], ...GREETING, ...REQUEST);
await until(() => speaking.bytes.length === 2);
const silent = [];
for (let count = 0; count < 60; count += 1) silent.push(await join(ports[count % 2]));
const late = await join(ports[1], ...GREETING, ...REQUEST);
await until(() => late.bytes.length === 2 && silent.filter(({ closed }) => closed).length >= 11);
const gone = silent.filter(({ closed }) => closed).length;
const areOldest = silent.slice(0, gone).every(({ closed }) => closed);
for (let count = 0; count < 50; count += 1) await join(ports[0], ...GREETING, ...REQUEST);
const last = await join(ports[1]);
await until(() => last.closed);
console.log(JSON.stringify({ speaking: speaking.closed, late: late.closed, gone, areOldest, last: last.bytes, told: lines[0] }));
process.exit();
`;

test("all SOCKS listeners share what there is: the client that has been silent longest goes first, one that has asked stays", async () => {
  const limited = ["sh", "-c", 'ulimit -n 256 && exec "$0" -e "$1"', process.execPath, CROWD];
  const child = Bun.spawn(limited, { stdout: "pipe", stderr: "inherit" });
  expect(JSON.parse(await child.stdout.text())).toEqual({
    speaking: false,
    late: false,
    gone: 11,
    areOldest: true,
    // No method is acceptable, RFC 1928 section 3.
    last: [5, 255],
    told: "127.0.0.1 was closed on the SOCKS5 port: there are too many connections",
  });
});
