import { libc } from "../libc.ts";

/** From <asm-generic/socket.h>, and <sys/socket.h> of macOS. */
const [SOCKET_LEVEL, RECEIVE_BUFFER] = process.platform === "linux" ? [1, 8] : [0xffff, 0x1002];

/** Of a connection that sends requests: the system would keep up to 6 MB that nobody has read yet. */
const RECEIVE_BYTES = 64 * 1024;

/** Has the system keep little of each connection that a listening socket takes from now on; Linux keeps twice as much. */
export function keepLittleUnread(listening: number): void {
  libc().setsockopt(listening, SOCKET_LEVEL, RECEIVE_BUFFER, new Int32Array([RECEIVE_BYTES]), 4);
}
