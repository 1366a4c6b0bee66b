import { acquireLock } from "../../../src/platform/files/lock.ts";

// A process that takes the lock named by its first argument, tells its own number and its child's, and lives until it is
// killed or its input ends. With a second argument `with-child` it starts a child that outlives it.
const [path = "", mode] = process.argv.slice(2);
acquireLock(path);
const child = mode === "with-child" ? startChild() : undefined;
console.log(JSON.stringify({ child: child?.pid ?? 0 }));
await Bun.stdin.text();

function startChild() {
  const started = Bun.spawn(["sleep", "30"], { stdio: ["ignore", "ignore", "ignore"], detached: true });
  started.unref();
  return started;
}
