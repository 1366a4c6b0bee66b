import { loadGroups } from "../../src/cli/commands.ts";
import { createVocabulary } from "../../src/cli/completion/vocabulary.ts";

/** What completions and manual are made from: the command line's own definitions. */
export const VOCABULARY = createVocabulary([...(await loadGroups()).values()].flat());
