import { expect, test } from "bun:test";
import { startTestDaemon } from "../rig/daemon-process.ts";
import { MAY_SKIP } from "../rig/needs-program.ts";

/** Runs a command as another user, which only root may. */
const AS_OTHER = [
  ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
  ["sudo", "-n", "-u", "nobody"],
].find((words) => Bun.spawnSync(["sh", "-c", '"$@" true', "sh", ...words]).success);

/** In bash, which every user may run. */
const CLIENT = `exec 3<>"/dev/tcp/127.0.0.1/$1"; printf 'whoami:\\n' >&3; if [ "$2" = stay ]; then head -n 1 <&3; fi`;

const isExcused = process.platform !== "linux" || (MAY_SKIP && AS_OTHER === undefined);

test.skipIf(isExcused)(
  "with `users: same` the line protocol serves the daemon's own user and refuses another",
  async () => {
    await using daemon = await startTestDaemon({ settings: "line: { users: same, audit_questions: true }\n" });
    expect((await daemon.ask("whoami:")).error).toBeNull();
    expect(askAsOther(daemon.port, "stay")).toContain("This daemon serves its own user alone");
    // Of a socket that is closed already, the kernel tells root's number.
    askAsOther(daemon.port, "leave");
    expect((await daemon.ask("whoami:")).error).toBeNull();
    const audit = daemon.readLog(`${daemon.home}/wp-server-logs/audit.log`);
    expect([...audit.matchAll(/Command received: whoami/g)]).toHaveLength(2);
  },
);

test.skipIf(isExcused)("by default the line protocol serves every user", async () => {
  await using daemon = await startTestDaemon();
  expect(askAsOther(daemon.port, "stay")).toContain('"error":null');
});

function askAsOther(port: number, manner: "stay" | "leave"): string {
  const asked = Bun.spawnSync([...(AS_OTHER ?? []), "bash", "-c", CLIENT, "bash", String(port), manner], { cwd: "/" });
  return `${asked.stdout}${asked.stderr}`;
}
