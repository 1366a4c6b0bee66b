import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathsBelow } from "../../../src/platform/files/paths.ts";
import { signRequest } from "../../api/control/sign-request.ts";
import { freePort } from "../../rig/free-port.ts";
import { askOverNew } from "../line-pipe.ts";
import { startProgram } from "../linksocks/program.ts";
import type { DoorName } from "./attack.ts";
import type { OpenDoor } from "./door.ts";
import { watchRequests } from "./watch.ts";

const CLIENTS = 4;
const LISTENERS = 10;

/** One of our daemon's own doors, on a home of its own. */
export async function openDaemonDoor(
  door: Extract<DoorName, "line" | "control" | "stream">,
  executable: string,
  folder: string,
): Promise<OpenDoor> {
  const home = mkdtempSync(join(folder, "load-"));
  const { own, settings, control } = pathsBelow(home);
  const secret = join(own, "secret");
  const ports = { line: freePort(), control: freePort(), stream: freePort() };
  mkdirSync(own, { mode: 0o700 });
  writeFileSync(settings, `stream: { port: ${ports.stream} }\ncontrol: { port: ${ports.control} }\n`, { mode: 0o600 });
  const program = await startProgram(
    [executable, "--daemon", "-p", `${ports.line}`, "--home", home],
    ports.stream,
    home,
  );
  return {
    port: ports[door],
    target: 0,
    async watch(milliseconds) {
      if (door === "line")
        return await watchRequests(
          several(() => askOverNew(ports.line, 1)),
          milliseconds,
        );
      if (door === "control") return await watchRequests(several(askControl), milliseconds);
      return await watchStream(ports.stream, publish, milliseconds);
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };

  async function askControl(): Promise<void> {
    const target = "/v1/identity";
    const key = Buffer.from(readFileSync(secret, "utf8"), "base64");
    const headers = signRequest(key, { method: "GET", target, body: new Uint8Array() }, Date.now());
    const answer = await fetch(`http://127.0.0.1:${ports.control}${target}`, { headers });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    await answer.arrayBuffer();
  }

  async function publish(text: string): Promise<void> {
    const data = { action: "COOLDOWN", reason: text, rule_id: "RULE-007", success: true };
    const event = { type: "enforcement_action", account_id: 7_001, data };
    const headers = { "content-type": "application/json" };
    const answer = await fetch("http://localhost/v1/events", {
      unix: control,
      method: "POST",
      headers,
      body: JSON.stringify(event),
    });
    await answer.arrayBuffer();
  }
}

function several(ask: () => Promise<unknown>): readonly (() => Promise<void>)[] {
  return Array.from({ length: CLIENTS }, () => async () => void (await ask()));
}

/** An event is answered once all listeners have it; a listener that is lost joins again. */
async function watchStream(port: number, publish: (text: string) => Promise<void>, milliseconds: number) {
  let number = 0;
  let heard = () => {};
  const listeners = Array.from({ length: LISTENERS }, () => listen(port, (text) => heardText(text)));
  await Promise.all(listeners.map(({ opened }) => opened));
  const fare = await watchRequests([next], milliseconds);
  for (const listener of listeners) listener.close();
  return fare;

  async function next(): Promise<void> {
    number += 1;
    const all = Promise.withResolvers<void>();
    let missing = LISTENERS;
    heard = () => {
      missing -= 1;
      if (missing === 0) all.resolve();
    };
    await publish(`event ${number}`);
    await all.promise;
  }

  function heardText(text: string): void {
    if (text.includes(`"event ${number}"`)) heard();
  }
}

function listen(port: number, hear: (text: string) => void) {
  const opened = Promise.withResolvers<void>();
  let isOver = false;
  let socket: WebSocket;
  open();
  return {
    opened: opened.promise,
    close(): void {
      isOver = true;
      socket.close();
    },
  };

  function open(): void {
    socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    socket.onopen = () => opened.resolve();
    socket.onmessage = ({ data }) => hear(String(data));
    socket.onclose = () => {
      if (!isOver) setTimeout(open, 1);
    };
  }
}
