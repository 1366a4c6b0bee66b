import { join } from "node:path";
import { decodeMessage } from "../../../src/linksocks/codec/decode.ts";
import { encodeMessage } from "../../../src/linksocks/codec/encode.ts";
import { type Block, ROOT } from "../read-page.ts";
import { readSteps } from "./console.ts";
import { findDifferences } from "./find-differences.ts";
import { matches } from "./normalize.ts";
import type { Scene } from "./scene.ts";

/** Tries a block in one way. It throws where the page is wrong. */
type Trial = (block: Block, scene: Scene) => Promise<void>;

/**
 * Every way in which a block is tried, by its language. A block in another language, or whose words ask for something
 * else, fails.
 *
 * | fence | is |
 * |---|---|
 * | `console` | run command by command; what is printed has to be what is shown |
 * | `console repository` | the same in the repository, whose ports are any |
 * | `python` | written to the file that its first line names, `# listen.py`, for the console blocks that follow |
 * | `ini` | written to the file that its first line names; `wpdaemon config check` accepts it, with `faulty` it does not |
 * | `yaml` | accepted as settings; with `apply` also put into force at the next start |
 * | `json event` | published, accepted, and told by the feed with the same members |
 * | `json told` | an event of that type that the daemon has told by now has the same members |
 * | `json GET /v1/…` | of the same shape as that answer |
 * | `json` | well-formed, nothing more: what it shows cannot be brought about here |
 * | `line` | `→` is sent to the line protocol, `←` is what comes back |
 * | `hex` | one message a paragraph that the LinkSocks codec reads and writes again; its type is the fence's second word |
 * | `sh file` | written to the file that its first line names, for the console blocks that follow |
 * | `sh REASON` | correct shell; not run, for the reason that stands there |
 * | `make` | the targets exist |
 * | `text syntax`, `text diagram`, `text figures` | nothing that can be run |
 */
export async function tryBlock(block: Block, scene: Scene): Promise<void> {
  const trial = TRIALS[block.language];
  if (trial === undefined) throw new Error(`no way is known to try a block of ${block.language || "no language"}`);
  await trial(block, scene);
}

const TRIALS: { readonly [language: string]: Trial } = {
  async console(block, scene) {
    const isRepository = block.words.includes("repository");
    for (const { place, command, shown } of readSteps(block.text)) {
      if (shown === "") {
        const { code, output } = await scene.run(isRepository ? inRepository(command) : command);
        if (code !== 0) throw new Error(`${command}\nended with ${code}:\n${output}`);
        continue;
      }
      const isShown = (output: string) => matches(anyPorts(shown), anyPorts(output));
      const anyPorts = (text: string) => (isRepository ? text.replace(/(?<=127\.0\.0\.1:|-P )\d+/g, "<port>") : text);
      const run = place === "outside" ? scene.startOutside : scene.runUntil;
      const output = await run(isRepository ? inRepository(command) : command, isShown);
      if (!isShown(output)) throw new Error(`${command}\nis to print\n${shown}\nbut prints\n${output}`);
    }
  },
  async python(block, scene) {
    scene.write(nameOf(block), scene.translate(block.text));
    const { code, output } = await scene.run(`python3 -m py_compile ${nameOf(block)}`);
    if (code !== 0) throw new Error(output);
  },
  async ini(block, scene) {
    const path = nameOf(block);
    scene.write(path, scene.translate(block.text));
    const name = /wireproxy_confs\/(.+)\.conf$/.exec(path)?.[1];
    if (name === undefined) return;
    const { code, output } = await scene.run(`wpdaemon config check ${name}`);
    if ((code === 0) === block.words.includes("faulty")) throw new Error(`config check ended with ${code}:\n${output}`);
  },
  async yaml(block, scene) {
    scene.write("settings/wpdaemon/config.yaml", block.text);
    const { output } = await scene.run("wpdaemon doctor --json --home ~/settings");
    // Its configs need not be there.
    const fault =
      /\{[^{}]*"check":"settings","severity":"problem","message":"(?!tunnels\.\S+ there is no config)[^{}]*\}/.exec(
        output,
      )?.[0];
    if (fault !== undefined || !output.includes('"check":"settings"')) throw new Error(fault ?? output);
    if (block.words.includes("apply")) scene.write("~/.argus/wpdaemon/config.yaml", scene.translate(block.text));
  },
  async json(block, scene) {
    const document: unknown = JSON.parse(block.text);
    const [kind, path] = block.words;
    if (kind === undefined) return;
    const real = kind === "GET" ? await answerOf(scene, path ?? "") : await eventLike(scene, document, kind);
    if (real === undefined) throw new Error(`there is nothing to compare it with: ${kind}`);
    const differences = findDifferences(document, real);
    if (differences.length > 0) throw new Error(differences.join("\n"));
  },
  async line(block, scene) {
    const steps = block.text.replace(
      /^→ (.*)$/gm,
      (_, line: string) => `$ printf '%s\\n' '${line}' | nc -N 127.0.0.1 23888`,
    );
    await tryBlock({ ...block, language: "console", words: [], text: steps.replace(/^← /gm, "") }, scene);
  },
  async hex({ text, words }) {
    for (const message of text.split("\n\n")) {
      const bytes = Buffer.from(message.replace(/(#.*|\s)/gm, ""), "hex");
      const decoded = decodeMessage(bytes);
      if (decoded.type !== words[0]) throw new Error(`it is read as ${JSON.stringify(decoded)}`);
      if (decoded.type === "unknown" || decoded.type === "malformed") continue;
      const written = Buffer.from(encodeMessage(decoded)).toString("hex");
      if (written !== bytes.toString("hex")) throw new Error(`it is written as ${written}`);
    }
  },
  async sh(block, scene) {
    if (block.words.length === 0) throw new Error("a block that is not run says why");
    if (block.words.includes("file")) scene.write(nameOf(block), scene.translate(block.text));
    const { code, output } = await scene.run(`bash -n <<'END OF BLOCK'\n${block.text}\nEND OF BLOCK`);
    if (code !== 0) throw new Error(output);
  },
  async make(block) {
    const makefile = await Bun.file(join(ROOT, "Makefile")).text();
    for (const [, target] of block.text.matchAll(/^make ([a-z-]+)/gm)) {
      if (!makefile.includes(`\n${target}:`)) throw new Error(`there is no target ${target}`);
    }
  },
  async text({ words }) {
    if (!["syntax", "diagram", "figures"].includes(words[0] ?? "")) throw new Error("a block of text says what it is");
  },
};

function inRepository(command: string): string {
  return `cd '${ROOT}' && ${command}`;
}

/** The path in a block's first line, which is a comment. */
function nameOf({ text }: Block): string {
  const name = /^# (\S+)$/m.exec(text.split("\n", 1)[0] ?? "")?.[1];
  if (name === undefined) throw new Error("its first line has to name a file: # PATH");
  return name;
}

const CONTROL = "curl -s --unix-socket ~/.argus/wpdaemon/control.sock";

async function answerOf(scene: Scene, path: string): Promise<unknown> {
  const { output } = await scene.run(`${CONTROL} 'http://localhost${path}'`);
  return JSON.parse(output);
}

/** What the feed tells of a published event, or has told of the daemon's own. */
async function eventLike(scene: Scene, document: unknown, kind: string): Promise<unknown> {
  if (typeof document !== "object" || document === null || !("type" in document)) return undefined;
  const { type } = document;
  if (kind === "event") {
    const body = JSON.stringify({ ...document, seq: undefined });
    const { output } = await scene.run(
      `${CONTROL} --json '${body.replaceAll("'", "'\\''")}' http://localhost/v1/events`,
    );
    if (!output.includes('"accepted":1')) throw new Error(output);
  }
  const { output } = await scene.run(`timeout 60 python3 -c "
import json, websocket
link = websocket.create_connection('ws://localhost:8765/?since=0&snapshot=1')
while json.loads(text := link.recv())['type'] != '${type}': pass
print(text)
"`);
  return JSON.parse(output);
}
