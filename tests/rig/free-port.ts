// Above what services use, and below what Linux and macOS hand out themselves, to listeners on port 0 and to every outgoing
// connection: so nobody takes a port between this and its use.
const FIRST = 12_000;
const PER_PROCESS = 160;
const BLOCKS = 128;

/** Test files run in several processes at once, whose numbers follow one another. */
const block = FIRST + (process.pid % BLOCKS) * PER_PROCESS;
let next = Math.floor(Math.random() * PER_PROCESS);

/** A port that was free a moment ago. Each caller gets another one. */
export function freePort(): number {
  for (let tries = 0; tries < PER_PROCESS; tries += 1) {
    const port = block + (next % PER_PROCESS);
    next += 1;
    try {
      listenOn(port)[Symbol.dispose]();
      return port;
    } catch {
      // In use.
    }
  }
  throw new Error(`all ports from ${block} on are in use`);
}

/** Somebody else's listener on a port of 127.0.0.1. @throws where the port is taken. */
export function listenOn(port: number): Disposable {
  const listener = Bun.listen({ hostname: "127.0.0.1", port, exclusive: true, socket: { data() {} } });
  return { [Symbol.dispose]: () => listener.stop(true) };
}
