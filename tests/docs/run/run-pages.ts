import { afterAll, beforeAll, describe, test } from "bun:test";
import { readPage } from "../read-page.ts";
import { createScene, type Scene } from "./scene.ts";
import { tryBlock } from "./try-block.ts";

/** A test for each block of each page, in order, on one machine per page. */
export function runPages(paths: readonly string[]): void {
  for (const path of paths) {
    const page = readPage(path);
    if (page.blocks.length === 0) continue;
    describe(path, () => {
      let scene: Scene;
      beforeAll(async () => {
        scene = await createScene();
        for (const command of page.before) {
          const { code, output } = await scene.run(command);
          if (code !== 0) throw new Error(`${command}\nended with ${code}:\n${output}`);
        }
      }, 120_000);
      afterAll(() => scene[Symbol.asyncDispose](), 120_000);
      for (const block of page.blocks) {
        const name = [block.language, ...block.words].join(" ");
        test(`what the ${name} block in line ${block.line} of ${path} shows is what happens`, async () => {
          await tryBlock(block, scene);
        }, 300_000);
      }
    });
  }
}
