import { readFileSync } from "node:fs";
import type { ListenAddress } from "../../platform/listeners.ts";
export function loadStartableConfig(
  file: string,
  _e: unknown,
): { warnings: string[]; listeners: ListenAddress[]; privateKeyFingerprint: string } {
  const text = readFileSync(file, "utf8");
  const m = /BindAddress\s*=\s*(\S+):(\d+)/.exec(text);
  return {
    warnings: [],
    listeners: [{ transport: "tcp", host: m?.[1] ?? "", port: Number(m?.[2]) }],
    privateKeyFingerprint: Bun.hash(text).toString(),
  };
}
