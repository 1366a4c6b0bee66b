import { libc } from "../libc.ts";

/** From <asm-generic/socket.h>, and <sys/socket.h> of macOS. */
const [SOCKET_LEVEL, SEND_BUFFER, RECEIVE_BUFFER] = process.platform === "linux" ? [1, 7, 8] : [0xffff, 0x1001, 0x1002];

/** What a client sends and we have not read: the system would keep up to 6 MB. */
const RECEIVE_BYTES = 64 * 1024;

/** What a client is sent and does not read: the system would keep 4 MB, or as much as it is set to. */
const SEND_BYTES = 256 * 1024;

/** Has the system keep little of each connection that a listening socket takes from now on; Linux keeps twice as much. */
export function keepLittleUnread(listening: number): void {
  setBuffer(listening, RECEIVE_BUFFER, RECEIVE_BYTES);
  setBuffer(listening, SEND_BUFFER, SEND_BYTES);
}

function setBuffer(listening: number, option: number, bytes: number): void {
  libc().setsockopt(listening, SOCKET_LEVEL, option, new Int32Array([bytes]), 4);
}
