import { STATE_REQUEST } from "./line-pipe.ts";

/**
 * So many clients, each with a connection and one request in flight, for as many windows of time.
 * @returns answers per second in each window.
 */
export async function answersPerSecond(
  port: number,
  { clients, windows, windowMs }: { readonly clients: number; readonly windows: number; readonly windowMs: number },
): Promise<readonly number[]> {
  let answers = 0;
  let lost = 0;
  const sockets: Bun.Socket[] = [];
  for (let client = 0; client < clients; client += 1) {
    sockets.push(
      await Bun.connect({
        hostname: "127.0.0.1",
        port,
        socket: {
          // A reply of some 100 bytes on loopback comes in one piece.
          data(socket) {
            answers += 1;
            socket.write(STATE_REQUEST);
          },
          end() {
            lost += 1;
          },
        },
      }),
    );
  }
  for (const socket of sockets) socket.write(STATE_REQUEST);
  // The first moments are warm-up.
  await Bun.sleep(windowMs / 2);
  const rates: number[] = [];
  for (let window = 0; window < windows; window += 1) {
    const [began, before] = [performance.now(), answers];
    await Bun.sleep(windowMs);
    rates.push(((answers - before) * 1_000) / (performance.now() - began));
  }
  if (lost > 0) throw new Error(`the daemon closed ${lost} of ${clients} connections under load`);
  for (const socket of sockets) socket.terminate();
  return rates;
}
