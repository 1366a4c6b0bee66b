import { spyOn } from "bun:test";
import * as fs from "node:fs";
import { basename } from "node:path";

/**
 * Records what decides whether `action` survives a power cut, in order: `sync NAME`, `rename NAME` and `link NAME` by the
 * new name, `remove NAME`. The draft that gets a name by a rename or a link is `draft of NAME`, and `NAME/` is a folder.
 */
export async function recordDiskCalls(action: () => unknown): Promise<readonly string[]> {
  const { openSync, fsyncSync, renameSync, linkSync, unlinkSync, rmSync } = { ...fs };
  const paths = new Map<number, string>();
  const drafts = new Map<string, string>();
  const calls: { readonly what: string; readonly path: string }[] = [];
  const spies = [
    spyOn(fs, "openSync").mockImplementation((path, ...how) => {
      const descriptor = openSync(path, ...how);
      paths.set(descriptor, String(path));
      return descriptor;
    }),
    spyOn(fs, "fsyncSync").mockImplementation((descriptor) => {
      fsyncSync(descriptor);
      const path = paths.get(descriptor) ?? "";
      calls.push({ what: "sync", path: fs.statSync(path).isDirectory() ? `${path}/` : path });
    }),
    spyOn(fs, "renameSync").mockImplementation((from, to) => {
      renameSync(from, to);
      drafts.set(String(from), basename(String(to)));
      calls.push({ what: "rename", path: String(to) });
    }),
    spyOn(fs, "linkSync").mockImplementation((from, to) => {
      linkSync(from, to);
      drafts.set(String(from), basename(String(to)));
      calls.push({ what: "link", path: String(to) });
    }),
    spyOn(fs, "unlinkSync").mockImplementation((path) => {
      unlinkSync(path);
      calls.push({ what: "remove", path: String(path) });
    }),
    spyOn(fs, "rmSync").mockImplementation((path, how) => {
      if (fs.existsSync(path)) calls.push({ what: "remove", path: String(path) });
      rmSync(path, how);
    }),
  ];
  try {
    await action();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return calls.map(({ what, path }) => {
    const draft = drafts.get(path);
    if (draft !== undefined && (what === "sync" || what === "remove")) return `${what} draft of ${draft}`;
    return `${what} ${basename(path)}${path.endsWith("/") ? "/" : ""}`;
  });
}
