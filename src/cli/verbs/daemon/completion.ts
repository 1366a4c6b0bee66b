import { Failure } from "../../../platform/failure.ts";
import type { Verb } from "../../manual.ts";
import { say } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";

/** @param loadVerbs gives every command, this one too. */
export function defineCompletion(loadVerbs: () => Promise<readonly Verb[]>): Verb {
  return defineVerb({
    name: "completion",
    summary: "Print the completion for bash, zsh or fish",
    examples: ["source <(wpdaemon completion bash)", "wpdaemon completion fish | source"],
    args: { shell: { type: "positional", description: "bash, zsh or fish", required: true } },
    async run({ args }) {
      const complete = await loadCompletion(args.shell);
      const { createVocabulary } = await import("../../completion/vocabulary.ts");
      say(complete(createVocabulary(await loadVerbs())).trimEnd());
    },
  });
}

/** @throws Failure `usage` for another shell. */
async function loadCompletion(shell: string) {
  switch (shell) {
    case "bash":
      return (await import("../../completion/bash.ts")).bashCompletion;
    case "zsh":
      return (await import("../../completion/zsh.ts")).zshCompletion;
    case "fish":
      return (await import("../../completion/fish.ts")).fishCompletion;
    default:
      throw new Failure("usage", `there is no completion for ${JSON.stringify(shell)}`, { hint: "bash, zsh or fish" });
  }
}
