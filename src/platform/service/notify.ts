import type { Environment } from "../environment.ts";
import { attemptOr } from "../failure.ts";
import { withFile } from "../files/files.ts";
import { libc } from "../libc.ts";

/** socket(7), unix(7), send(2); the numbers are Linux' on every processor that Bun runs on. */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;

/** Bytes of the name in `struct sockaddr_un`; a path needs one of them for the NUL at its end. */
const NAME_BYTES = 108;

/**
 * Reports the state of the daemon to the service manager: one datagram to the socket that `NOTIFY_SOCKET` names, as
 * sd_notify(3) sends it. It does nothing where no manager asks for it, and never throws.
 * @param state assignments, one a line: `READY=1`, `MAINPID=123`, `STATUS=two tunnels`.
 * @returns whether the datagram was sent.
 */
export function notifyService(state: string, environment: Environment): boolean {
  const address = socketAddress(environment.NOTIFY_SOCKET ?? "");
  if (process.platform !== "linux" || address === undefined || state === "") return false;
  const message = new TextEncoder().encode(state);
  return attemptOr(false, () => {
    const socket = libc().socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket === -1) return false;
    const send = () => libc().sendto(socket, message, message.length, MSG_NOSIGNAL, address, address.length);
    return Number(withFile(socket, send)) === message.length;
  });
}

/** `struct sockaddr_un` for a path, or for `@name` in the abstract namespace; undefined for what is neither. */
function socketAddress(name: string): Uint8Array | undefined {
  const isAbstract = name.startsWith("@");
  if (!isAbstract && !name.startsWith("/")) return undefined;
  // An abstract name begins with a NUL and ends where the length says.
  const bytes = new TextEncoder().encode(isAbstract ? `\0${name.slice(1)}` : `${name}\0`);
  if (bytes.length > NAME_BYTES) return undefined;
  const address = new Uint8Array(2 + bytes.length);
  new Uint16Array(address.buffer, 0, 1)[0] = AF_UNIX;
  address.set(bytes, 2);
  return address;
}
