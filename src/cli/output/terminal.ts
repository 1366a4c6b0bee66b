import { fstatSync } from "node:fs";
import type { ConsolaInstance, createConsola } from "consola";
import { libc } from "../../platform/libc.ts";

const DESCRIPTORS = { stdin: 0, stdout: 1, stderr: 2 } as const;

/** Whether a person is there. `process.stdout.isTTY` would answer it too, but costs 1.7 MB for good. */
export function isTerminal(stream: keyof typeof DESCRIPTORS): boolean {
  return isDevice(DESCRIPTORS[stream]) && libc().isatty(DESCRIPTORS[stream]) === 1;
}

/** Files and pipes are no terminals, so no library has to be loaded for them. */
function isDevice(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice();
  } catch {
    // It was closed by whoever started us.
    return false;
  }
}

/** Whether what goes to stdout may be coloured; no-color.org. */
export function mayColour(): boolean {
  return isTerminal("stdout") && !process.env["NO_COLOR"];
}

/** Opens consola, which speaks to a person at a terminal. It costs 8 MB, so programs that read us, and daemons, never load it. */
export async function openReporter(options: Parameters<typeof createConsola>[0] = {}): Promise<ConsolaInstance> {
  const { createConsola } = await import("consola");
  // Without `fancy` and `level` it would obey CI, TEST and DEBUG, which other programs set for themselves; with columns it
  // would fill every line with blanks.
  return createConsola({ fancy: true, level: 3, formatOptions: { date: false, columns: 0 }, ...options });
}

export type Colour = "red" | "green" | "yellow" | "dim";
export type Paint = (text: string, colour: Colour) => string;

/** Opens the function that colours a text for stdout. */
export async function openPaint(): Promise<Paint> {
  if (!mayColour()) return (text) => text;
  const { colors } = await import("consola/utils");
  return (text, colour) => colors[colour](text);
}
