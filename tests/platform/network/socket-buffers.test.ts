import { dlopen } from "bun:ffi";
import { expect, test } from "bun:test";
import { keepLittleUnread } from "../../../src/platform/network/socket-buffers.ts";

const [SO_SNDBUF, SO_RCVBUF] = [7, 8];
const isLinux = process.platform === "linux";

test.if(isLinux)(
  "the system keeps 128 KiB at most that came and nobody has read, and 512 KiB that was sent, in place of megabytes",
  () => {
    const listening = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const descriptor = "fd" in listening ? Number(listening.fd) : -1;
    keepLittleUnread(descriptor);
    expect(bufferOf(descriptor, SO_RCVBUF)).toBe(2 * 64 * 1024);
    expect(bufferOf(descriptor, SO_SNDBUF)).toBe(2 * 256 * 1024);
    listening.stop();
  },
);

/** An option of socket(7), by getsockopt(2). */
function bufferOf(descriptor: number, option: number): number {
  const signature = { getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" } } as const;
  const library = dlopen("libc.so.6", signature);
  const [value, length] = [new Int32Array(1), new Int32Array([4])];
  library.symbols.getsockopt(descriptor, 1, option, value, length);
  library.close();
  return value[0] ?? 0;
}
