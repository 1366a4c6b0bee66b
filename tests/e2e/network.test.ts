import { expect, test } from "bun:test";
import { join } from "node:path";

/** As root, and where the system lets every user have a network of his own. */
const namespace = [
  ["unshare", "-n"],
  ["unshare", "-r", "-n"],
].find((command) => Bun.spawnSync([...command, "ip", "link"]).exitCode === 0);

if (namespace !== undefined) {
  test("a lost network is told as such, costs no restart, and is carried over when it is back", async () => {
    const scene = Bun.spawn([...namespace, process.execPath, join(import.meta.dir, "lost-network.ts")], {
      stdout: "pipe",
      stderr: "inherit",
    });
    const said = await scene.stdout.text();
    expect(await scene.exited).toBe(0);
    const { lost, samePid } = JSON.parse(said);
    expect(lost).toMatchObject({
      state: "running",
      health: "down",
      reason: expect.stringMatching(/no network.*network is unreachable/),
      action: expect.stringContaining("connect this machine to a network"),
    });
    expect(samePid).toBe(true);
  });
} else {
  test("this machine allows no network namespace: the loss of a network cannot be shown here", () => {
    expect(process.env["CI"]).toBeUndefined();
  });
}
