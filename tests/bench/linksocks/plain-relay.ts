// A relay that knows no protocol, in a process of its own: what a connection through one more process costs at least.
// Its argument is the target's port. Tells its own port, and ends with whoever started it.

interface Side {
  /** Undefined until it is connected; nothing is read before. */
  other: Bun.Socket<Side> | undefined;
  /** What `other` has not taken yet; while there is something, nothing more is read. */
  kept: Uint8Array;
}

const HANDLERS: Bun.SocketHandler<Side> = {
  binaryType: "uint8array",
  data(socket, bytes) {
    const taken = Math.max(0, socket.data.other?.write(bytes) ?? 0);
    if (taken === bytes.length) return;
    socket.data.kept = bytes.subarray(taken);
    socket.pause();
  },
  drain(socket) {
    const from = socket.data.other;
    if (from === undefined || from.data.kept.length === 0) return;
    from.data.kept = from.data.kept.subarray(Math.max(0, socket.write(from.data.kept)));
    if (from.data.kept.length === 0) from.resume();
  },
  close: (socket) => void socket.data.other?.end(),
  error: (socket) => void socket.data.other?.end(),
};

const target = Number(process.argv[2]);
const listener = Bun.listen<Side>({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    ...HANDLERS,
    open(near) {
      near.data = { other: undefined, kept: new Uint8Array(0) };
      near.pause();
      void join(near);
    },
  },
});
process.on("disconnect", () => process.exit(0));
process.send?.({ port: listener.port });

async function join(near: Bun.Socket<Side>): Promise<void> {
  const data = { other: near, kept: new Uint8Array(0) };
  near.data.other = await Bun.connect<Side>({ hostname: "127.0.0.1", port: target, socket: HANDLERS, data });
  near.resume();
}
