/**
 * How src/main.ts becomes one executable, on this machine and for every other. Bytecode and splitting make rooms that
 * are imported lazily cost nothing at start; without the autoload options the program would read .env and bunfig.toml
 * from wherever it is started.
 * @param outfile the executable to write.
 * @param foreign the runtime of another machine; this machine's own otherwise.
 */
export function compileOptions(
  outfile: string,
  foreign: { readonly target?: Bun.Build.CompileTarget; readonly executablePath?: string } = {},
): Bun.BuildConfig {
  return {
    entrypoints: ["src/main.ts"],
    minify: true,
    bytecode: true,
    format: "esm",
    splitting: true,
    compile: { ...foreign, outfile, autoloadDotenv: false, autoloadBunfig: false },
  };
}
