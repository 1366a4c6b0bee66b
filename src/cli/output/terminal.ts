import { fstatSync } from "node:fs";
import type { ConsolaInstance, createConsola } from "consola";
import { ENVIRONMENT } from "../../platform/environment.ts";
import { attemptOr } from "../../platform/failure.ts";
import { libc } from "../../platform/libc.ts";
import { toPlainText } from "../../platform/plain-text.ts";

const DESCRIPTORS = { stdin: 0, stdout: 1, stderr: 2 } as const;

/** Whether a person is there. `process.stdout.isTTY` would answer it too, but costs 1.7 MB for good. */
export function isTerminal(stream: keyof typeof DESCRIPTORS): boolean {
  const descriptor = DESCRIPTORS[stream];
  // Whoever started us may have closed it. Files and pipes are no terminals, so no library has to be loaded for them.
  const isDevice = attemptOr(false, () => fstatSync(descriptor).isCharacterDevice());
  return isDevice && libc().isatty(descriptor) === 1;
}

/** Whether what goes to stdout may be coloured; no-color.org. */
export function mayColour(): boolean {
  return isTerminal("stdout") && !ENVIRONMENT.NO_COLOR;
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

/** SGR: on, and off again without touching what another has set. */
const CODES: { readonly [colour in Colour]: readonly [on: number, off: number] } = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  dim: [2, 22],
};

/** Marks colours of ours: no foreign word can know it, and the mark is a part of the sequence, so it has no width. */
const SEAL = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
const SEALED = new RegExp(`\\u001b\\[${SEAL};(\\d+)m`);

/** Gives the function that colours a text for stdout, to be written with `say`. */
export function openPaint(): Paint {
  if (!mayColour()) return (text) => text;
  return (text, colour) => {
    const [on, off] = CODES[colour];
    return `\u001b[${SEAL};${on}m${text}\u001b[${SEAL};${off}m`;
  };
}

/** A text as a terminal may show it: our own colours, and everything else in it plain. */
export function revealColours(text: string): string {
  return text
    .split(SEALED)
    .map((part, index) => (index % 2 === 0 ? toPlainText(part) : `\u001b[${part}m`))
    .join("");
}
