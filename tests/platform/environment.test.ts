import { expect, test } from "bun:test";
import { Glob } from "bun";

test("no variable of the environment is read by a name that the list of them lacks", async () => {
  const source = new URL("../../src/", import.meta.url).pathname;
  const byName: string[] = [];
  for await (const file of new Glob("**/*.ts").scan(source)) {
    const text = await Bun.file(source + file).text();
    // The compiler refuses a name that is not declared only where it stands behind a dot.
    for (const [found] of text.matchAll(
      /\b(?:environment|ENVIRONMENT|process\.env|Bun\.env)(?:\["\w+"\]|(?<=\benv)\.\w+)/g,
    )) {
      byName.push(`${file}: ${found}`);
    }
  }
  expect(byName).toEqual([]);
});
