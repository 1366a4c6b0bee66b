/**
 * Compares two secrets in a time that reveals nothing about them: every byte of their hashes is compared. Written by hand,
 * because `timingSafeEqual` brings `node:crypto` with it, 1.2 MB that a daemon would keep.
 */
export function isSameSecret(given: string | Uint8Array, expected: string | Uint8Array): boolean {
  const [left, right] = [hash(given), hash(expected)];
  return left.reduce((difference, byte, index) => difference | (byte ^ (right[index] ?? 0)), 0) === 0;
}

function hash(secret: string | Uint8Array): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(secret).digest();
}
