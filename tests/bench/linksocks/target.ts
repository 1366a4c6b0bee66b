// What every connection of the load ends at, in a process of its own: it sends, takes or echoes, as it is ordered.
// Tells its port, and ends with whoever started it.

import { CHUNK_BYTES, decodeOrder, encodeCount, ORDER_BYTES, type Order, STEP_BYTES } from "./order.ts";

interface Visit {
  hear(bytes: Uint8Array): void;
  /** Writes what is due, as far as the system takes it. */
  pump(): void;
}

const CHUNKS = { zeros: new Uint8Array(CHUNK_BYTES), noise: makeNoise() } as const;

const listener = Bun.listen<Visit>({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    binaryType: "uint8array",
    open(socket) {
      socket.data = receive(socket);
    },
    data(socket, bytes) {
      // What lost its first bytes makes no sense any more; the load notices that nothing comes.
      try {
        socket.data.hear(bytes);
      } catch {
        socket.terminate();
      }
    },
    drain: (socket) => socket.data.pump(),
    error() {},
  },
});
process.on("disconnect", () => process.exit(0));
process.send?.({ port: listener.port });

function receive(socket: Bun.Socket<Visit>): Visit {
  let head = new Uint8Array(0);
  let order: Order | undefined;
  let taken = 0;
  let sent = 0;
  let isEnough = false;
  /** Echoes and answers that are still to be written. */
  let owed = new Uint8Array(0);
  return { hear, pump };

  function hear(bytes: Uint8Array): void {
    if (order === undefined) hearOrder(bytes);
    else if (order.kind === "echo") write(bytes);
    else if (order.kind === "take") take(bytes.length);
    else stopSending();
  }

  function hearOrder(bytes: Uint8Array): void {
    const missing = ORDER_BYTES - head.length;
    head = Buffer.concat([head, bytes.subarray(0, missing)]);
    if (head.length < ORDER_BYTES) return;
    order = decodeOrder(head);
    if (bytes.length > missing) hear(bytes.subarray(missing));
    else pump();
  }

  function take(length: number): void {
    const steps = Math.floor((taken + length) / STEP_BYTES) - Math.floor(taken / STEP_BYTES);
    taken += length;
    if (steps > 0) write(new Uint8Array(steps));
  }

  function stopSending(): void {
    if (isEnough) return;
    isEnough = true;
    write(encodeCount(sent));
  }

  function write(bytes: Uint8Array): void {
    owed = owed.length === 0 ? new Uint8Array(bytes) : Buffer.concat([owed, bytes]);
    pump();
  }

  function pump(): void {
    if (owed.length > 0) owed = owed.subarray(Math.max(0, socket.write(owed)));
    if (order === undefined || isEnough || (order.kind !== "zeros" && order.kind !== "noise")) return;
    while (sent < order.bytes) {
      const written = socket.write(CHUNKS[order.kind].subarray(0, order.bytes - sent));
      if (written <= 0) return;
      sent += written;
    }
  }
}

/** In pieces of which the Web Crypto API gives one at a time. */
function makeNoise(): Uint8Array {
  const noise = new Uint8Array(CHUNK_BYTES);
  for (let start = 0; start < CHUNK_BYTES; start += 65_536)
    crypto.getRandomValues(noise.subarray(start, start + 65_536));
  return noise;
}
