/** What counts as blank in the dialect: Unicode's White_Space. It differs from JavaScript's by U+0085 and U+FEFF. */
const SPACE = new Set(
  "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000",
);

export function trimSpaceStart(text: string): string {
  let start = 0;
  while (start < text.length && SPACE.has(text.charAt(start))) start++;
  return text.slice(start);
}

export function trimSpace(text: string): string {
  let end = text.length;
  while (end > 0 && SPACE.has(text.charAt(end - 1))) end--;
  return trimSpaceStart(text.slice(0, end));
}
