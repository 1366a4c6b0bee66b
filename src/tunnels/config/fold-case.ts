/** The name of a section or key as wireproxy compares it: letter case ignored. */
export function foldCase(name: string): string {
  return name.replaceAll("\u0130", "i").toLowerCase();
}
