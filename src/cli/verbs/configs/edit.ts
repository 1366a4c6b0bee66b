import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../../platform/environment.ts";
import { attemptOr, Failure, fileUnusable } from "../../../platform/failure.ts";
import { makePrivateFolder, replaceFile } from "../../../platform/files/files.ts";
import { toPlainText } from "../../../platform/plain-text.ts";
import { handleSignal } from "../../../platform/process/signals.ts";
import { quoteForShell } from "../../../platform/shell-word.ts";
import { decodeConfig, readConfigBytes } from "../../../tunnels/config/store/config-file.ts";
import { replaceConfig } from "../../../tunnels/config/store/import.ts";
import { tunnelNameOf } from "../../../tunnels/config/store/names.ts";
import { type ConfigSurroundings, parseOptions } from "../../../tunnels/config/tunnel-config.ts";
import { parseConfig } from "../../../tunnels/kinds.ts";
import { isAtRest } from "../../../tunnels/life/state-machine.ts";
import { commonOptions, findPaths, switchOption, tunnelArgument } from "../../arguments.ts";
import { unlessAbsent } from "../../daemon/absence.ts";
import type { ControlClient } from "../../daemon/control-client.ts";
import { openControl } from "../../daemon/reach-daemon.ts";
import { reportFailure, say, sayDone } from "../../output/report.ts";
import { isTerminal, openReporter } from "../../output/terminal.ts";
import { defineVerb } from "../../verb.ts";
import { sayTunnel } from "../tunnels/up.ts";
import { sayFindings } from "./report.ts";
import { openConfigStore, surroundingsOf } from "./store.ts";

export const verb = defineVerb({
  name: "config edit",
  summary: "Edit a config, which is checked before it is replaced",
  details:
    "The editor is that of VISUAL or EDITOR, and gets a private copy. A copy that cannot be started is kept, and its config stays as it was.",
  examples: ["wpdaemon config edit us-east", "EDITOR='code --wait' wpdaemon config edit us-east --restart"],
  args: {
    name: tunnelArgument,
    restart: switchOption("Restart the tunnel with it where it is up, without a question"),
    ...commonOptions,
  },
  async run({ args }) {
    const store = openConfigStore(args.home);
    const name = store.nameOf(args.name);
    const path = store.find(name);
    const editor = findEditor(process.env);
    const draft = makeDraft(findPaths(args).own, name, readConfigBytes(path).bytes);
    const text = await editUntilStartable(editor, { path, draft }, surroundingsOf(args.home));
    const changed = text !== undefined;
    if (changed) putInPlace(text, path, draft);
    rmSync(draft.folder, { recursive: true, force: true });
    if (args.json) say(JSON.stringify({ name, changed }));
    else await sayDone(changed ? `changed ${name}` : `${name} stays as it was`);
    if (changed) await offerRestart(openControl(args), tunnelNameOf(name), args);
  },
});

interface Draft {
  readonly folder: string;
  /** Named as the config is, for editors that choose their colours by that. */
  readonly path: string;
  readonly before: Uint8Array;
}

/** A copy for its owner alone, in a folder of its own: editors put further files beside what they edit. */
function makeDraft(own: string, name: string, before: Uint8Array): Draft {
  try {
    makePrivateFolder(own);
    const folder = mkdtempSync(join(own, "edit-"));
    const path = join(folder, name);
    replaceFile(path, before);
    return { folder, path, before };
  } catch (error) {
    throw fileUnusable(error, `cannot make a copy of ${name} in ${own}`, "make it a folder that you may write to");
  }
}

/**
 * Has a draft edited until it can be started, or a person has had enough.
 * @returns its bytes; undefined where they are as before. @throws Failure with where the draft is kept.
 */
async function editUntilStartable(
  editor: string,
  { path, draft }: { readonly path: string; readonly draft: Draft },
  surroundings: ConfigSurroundings,
): Promise<Uint8Array | undefined> {
  for (;;) {
    const code = await runEditor(editor, draft.path);
    try {
      if (code !== 0) throw new Failure("start-failed", `the editor (${editor}) ended with exit code ${code}`);
      const { bytes } = readConfigBytes(draft.path);
      if (isSame(bytes, draft.before)) return undefined;
      const { findings } = await parseConfig(decodeConfig(bytes, path), parseOptions(path, surroundings));
      await sayFindings(findings);
      if (!findings.some(({ severity }) => severity === "error")) return bytes;
      throw new Failure("config-invalid", `what you wrote cannot be started, so ${path} stays as it was`);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const refusal = keep(error, draft);
      if (!isPersonThere()) throw refusal;
      await reportFailure(error);
      if (!(await ask("Edit it again?", true))) throw refusal;
    }
  }
}

/** @throws Failure with where the draft is kept. */
function putInPlace(text: Uint8Array, path: string, draft: Draft): void {
  const before = attemptOr(undefined, () => readConfigBytes(path).bytes);
  if (before === undefined || !isSame(before, draft.before)) {
    throw keep(new Failure("config-invalid", `${path} was changed by somebody else meanwhile`), draft);
  }
  try {
    replaceConfig(path, text);
  } catch (error) {
    throw error instanceof Failure ? keep(error, draft) : error;
  }
}

/** The same failure, with where the draft is kept. */
function keep({ code, message, cause }: Failure, draft: Draft): Failure {
  return new Failure(code, message, { hint: keptAt(draft.path), cause });
}

function keptAt(draft: string): string {
  return `your text is kept; take it up again with: wpdaemon config import --replace ${quoteForShell(draft)}`;
}

/** As git has it: a command line of the shell, to which the file is added. @throws Failure `usage` where there is none. */
function findEditor({ VISUAL, EDITOR }: Environment): string {
  const named = VISUAL || EDITOR;
  if (named) return named;
  const usual = ["editor", "nano", "vi"].find((program) => Bun.which(program) !== null);
  if (usual !== undefined && isPersonThere()) return usual;
  throw new Failure("usage", "no editor is named", { hint: "name one in EDITOR, such as EDITOR=nano" });
}

/** Ctrl-C within the editor is for the editor alone. @returns its exit code. */
async function runEditor(editor: string, path: string): Promise<number> {
  const letBe = handleSignal("SIGINT", () => undefined);
  try {
    const command = ["/bin/sh", "-c", `${editor} "$1"`, "wpdaemon", path];
    return await Bun.spawn(command, { stdio: ["inherit", "inherit", "inherit"] }).exited;
  } finally {
    letBe();
  }
}

/** A tunnel that is up goes on with what its config said when it was brought up. */
async function offerRestart(
  control: ControlClient,
  name: string,
  { restart, json }: { readonly restart: boolean; readonly json: boolean },
): Promise<void> {
  const tunnel = (await unlessAbsent(control.status()))?.tunnels.find((other) => other.name === name);
  if (tunnel === undefined || isAtRest(tunnel.state)) return;
  if (!restart && !(isPersonThere() && !json && (await ask(`Restart ${name} with it?`, false)))) {
    if (!json) say(`${name} is up with the former one until: wpdaemon restart ${name}`);
    return;
  }
  const restarted = await control.restartTunnel(name);
  if (!json) await sayTunnel(restarted);
}

function isPersonThere(): boolean {
  return isTerminal("stdin") && isTerminal("stdout");
}

/** @param initial what Enter means. Escape and Ctrl-C mean no. */
async function ask(question: string, initial: boolean): Promise<boolean> {
  const reporter = await openReporter();
  return (await reporter.prompt(toPlainText(question), { type: "confirm", initial, cancel: "null" })) === true;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
