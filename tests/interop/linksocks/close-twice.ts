import { expect } from "bun:test";
import type { LinksocksPeer, LinksocksProgram } from "../../rig/linksocks-peer.ts";

/** 0 after an orderly end; ours says 1 where the second signal finds it at work; the Go command line dies by the signal. */
const ORDERLY = [0, 1, 143];

/** Closes a peer twice over: by its API where it has one, else by two signals. Expects no error and no crash. */
export async function closeTwice({ name }: LinksocksProgram, peer: LinksocksPeer): Promise<void> {
  if (/^Go /.test(name)) {
    await peer.call("close");
    await peer.call("close");
  } else {
    process.kill(peer.pid, "SIGTERM");
  }
  const code = await peer.end();
  expect(ORDERLY).toContain(code);
  expect(peer.output()).not.toMatch(/panic|Traceback|wpdaemon:/);
}
