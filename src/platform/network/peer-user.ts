import { Failure } from "../failure.ts";
import { withFile } from "../files/files.ts";
import { libc } from "../libc.ts";

/** socket(7), netlink(7), sock_diag(7); the numbers are Linux' on every processor that Bun runs on. */
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const NLM_F_REQUEST = 1;
const AF_INET = 2;
const IPPROTO_TCP = 6;
const MSG_DONTWAIT = 0x40;

/** Where `struct inet_diag_msg` has the user and the inode, behind the head of 16 bytes. */
const USER_AT = 16 + 64;
const INODE_AT = 16 + 68;
const ANSWER_BYTES = 16 + 72;

/**
 * The number of the user whose program has the other end of a TCP connection on 127.0.0.1, as the kernel tells it. It does
 * so at once, and reads no table: it costs the same with ten thousand connections.
 * @returns undefined where it does not tell, as of a socket that its program has closed already.
 */
export function findPeerUser(ownPort: number, peerPort: number): number | undefined {
  const request = describeSocket(peerPort, ownPort);
  const socket = libc().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (socket === -1) return undefined;
  return withFile(socket, () => {
    const kernel = new Uint8Array(12);
    new Uint16Array(kernel.buffer, 0, 1)[0] = AF_NETLINK;
    libc().sendto(socket, request, request.length, 0, kernel, kernel.length);
    const answer = new Uint8Array(512);
    const length = Number(libc().recv(socket, answer, answer.length, MSG_DONTWAIT));
    if (length < ANSWER_BYTES) return undefined;
    const fields = new DataView(answer.buffer);
    const isAnswer = fields.getUint16(4, isLittleEndian) === SOCK_DIAG_BY_FAMILY;
    // Whose a closed socket was is not told: it passes for root's.
    const isOpen = fields.getUint32(INODE_AT, isLittleEndian) !== 0;
    return isAnswer && isOpen ? fields.getUint32(USER_AT, isLittleEndian) : undefined;
  });
}

/** @throws Failure `platform-unsupported` where no user can be told. */
export function demandPeerUsers(): void {
  if (process.platform === "linux") return;
  const message = "line.users: same needs Linux: this system does not tell whose a connection is";
  throw new Failure("platform-unsupported", message, { hint: "remove it from config.yaml" });
}

/** The head, and `struct inet_diag_req_v2` of the socket that is bound to `port` and connected to `otherPort`. */
function describeSocket(port: number, otherPort: number): Uint8Array {
  const message = new Uint8Array(72);
  const fields = new DataView(message.buffer);
  fields.setUint32(0, message.length, isLittleEndian);
  fields.setUint16(4, SOCK_DIAG_BY_FAMILY, isLittleEndian);
  fields.setUint16(6, NLM_F_REQUEST, isLittleEndian);
  message[16] = AF_INET;
  message[17] = IPPROTO_TCP;
  fields.setUint32(20, 0xffff_ffff, isLittleEndian);
  fields.setUint16(24, port);
  fields.setUint16(26, otherPort);
  for (const at of [28, 44]) message.set([127, 0, 0, 1], at);
  // No cookie: any socket that fits.
  fields.setUint32(64, 0xffff_ffff, isLittleEndian);
  fields.setUint32(68, 0xffff_ffff, isLittleEndian);
  return message;
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
