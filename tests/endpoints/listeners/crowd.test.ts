import { expect, test } from "bun:test";
import { join } from "node:path";
import { connectTcp, type TcpStream } from "../../rig/tcp-stream.ts";
import { until } from "../../rig/until.ts";

const PROGRAM = join(import.meta.dir, "../../programs/endpoint-listener.ts");
/** What a process with 256 open files lets in. */
const MOST = 16;

test("an endpoint resets clients beyond what its process can have open, and lets others in once some have gone", async () => {
  const program = Bun.spawn(["/bin/sh", "-c", 'ulimit -n 256; exec "$0" "$1"', process.execPath, PROGRAM], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const { value } = await program.stdout.getReader().read();
  const port = Number(new TextDecoder().decode(value));
  const clients = await Promise.all(
    Array.from({ length: MOST }, () => Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } })),
  );
  await until("a client to be refused", async () => !(await isLetIn(port)));
  expect(await isLetIn(port)).toBe(false);
  for (const client of clients.splice(0, 8)) client.terminate();
  await until("a client to be let in", () => isLetIn(port));
  for (const client of clients) client.terminate();
  program.stdin.end();
  expect(await program.exited).toBe(0);
});

/** Whether a client that says nothing is still there after a moment. */
async function isLetIn(port: number): Promise<boolean> {
  using client = await connectTcp("127.0.0.1", port).catch((): TcpStream | undefined => undefined);
  if (client === undefined) return false;
  return await Promise.race([
    client.read().then(
      () => false,
      () => false,
    ),
    Bun.sleep(300).then(() => true),
  ]);
}
