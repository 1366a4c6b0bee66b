import { gzipSync } from "fflate";

export interface Member {
  readonly name: string;
  readonly content?: Uint8Array;
  /** `0` regular, `1` and `2` links, `5` folder, `x` extended header. */
  readonly type?: string;
  readonly link?: string;
  readonly prefix?: string;
  /** The size field's text, where it shall not be the truth. */
  readonly size?: string;
}

/** A tar archive as GoReleaser writes it: ustar headers, padded content, two zero blocks. */
export function makeTar(...members: readonly Member[]): Uint8Array {
  return Buffer.concat([...members.flatMap((member) => [makeHeader(member), padded(member)]), new Uint8Array(1024)]);
}

export function makeArchive(...members: readonly Member[]): Uint8Array {
  return gzipSync(makeTar(...members));
}

/** Runs as a program that answers `-v` as wireproxy does; `size` bytes in all, most of them noise. */
export function makeProgram(size = 200_000, version = "1.1.3"): Uint8Array {
  const script = new TextEncoder().encode(`#!/bin/sh\necho "wireproxy, version ${version}"\nexit 0\n`);
  const noise = new Uint8Array(size - script.length);
  for (let offset = 0; offset < noise.length; offset += 65_536) {
    crypto.getRandomValues(noise.subarray(offset, offset + 65_536));
  }
  return Buffer.concat([script, noise]);
}

export function sha256(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

function makeHeader({ name, content, type = "0", link = "", prefix = "", size }: Member): Uint8Array {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write("0000755\0", 100);
  header.write("0001751\0", 108);
  header.write("0001751\0", 116);
  header.write(size ?? `${(content?.length ?? 0).toString(8).padStart(11, "0")}\0`, 124, 12, "latin1");
  header.write("14700000000\0", 136);
  header.write("        ", 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write("ustar\x0000", 257);
  header.write(prefix, 345, 155);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

function padded({ content = new Uint8Array(0) }: Member): Uint8Array {
  return Buffer.concat([content, new Uint8Array((512 - (content.length % 512)) % 512)]);
}
