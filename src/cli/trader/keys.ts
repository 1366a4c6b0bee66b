/** What a key press asks for. */
export type Key =
  | { readonly kind: "tab"; readonly tab: number }
  | { readonly kind: "quit" | "clock-in" | "clock-out" | "repaint" };

/** The keys of what a terminal in raw mode sent: 1 to 8, q, i, o. */
export function readKeys(input: string): readonly Key[] {
  return [...input.replace(SEQUENCE, "")].flatMap((character) => KEYS.get(character.toLowerCase()) ?? []);
}

/** Arrows and other special keys are sent as several characters, digits among them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with Escape.
const SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?/gs;

const KEYS: ReadonlyMap<string, Key> = new Map<string, Key>([
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((tab): [string, Key] => [String(tab), { kind: "tab", tab }]),
  ["q", { kind: "quit" }],
  // Ctrl-C, which is no signal in raw mode.
  ["\u0003", { kind: "quit" }],
  ["i", { kind: "clock-in" }],
  ["o", { kind: "clock-out" }],
  // Ctrl-L, as everywhere.
  ["\u000c", { kind: "repaint" }],
]);
