import { expect, test } from "bun:test";
import { quoteForShell } from "../../src/platform/shell-word.ts";

test.each(["plain/path-1.conf", "two words", "it's", '$HOME `id` "x"', "", "a\nb"])(
  "%j reaches a shell as it is",
  (word) => {
    const said = Bun.spawnSync(["sh", "-c", `printf %s ${quoteForShell(word)}`]).stdout.toString();
    expect(said).toBe(word);
  },
);

test("a plain word stays as it is", () => {
  expect(quoteForShell("/home/me/.argus")).toBe("/home/me/.argus");
});
