import fc from "fast-check";

/** The same draws in every run, so that a red one is red again; FUZZ_SEED looks elsewhere. */
fc.configureGlobal({ seed: Number(process.env["FUZZ_SEED"] ?? 20_261_130) });

export { fc };
