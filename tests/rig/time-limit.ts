// Loaded before every test file, by bunfig.toml.

import { setDefaultTimeout } from "bun:test";
import { PATIENCE_MS } from "./until.ts";

// Whatever waits gives up after a minute and says what for; this is only for a test that hangs without waiting for anything.
setDefaultTimeout(5 * PATIENCE_MS);
