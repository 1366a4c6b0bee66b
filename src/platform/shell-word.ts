/** A text as one word of a command line that a person copies. Bun's own quoting differs from call to call. */
export function quoteForShell(word: string): string {
  return /^[\w/.@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
