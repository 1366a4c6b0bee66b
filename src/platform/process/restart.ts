import { RUNTIME_OPTIONS } from "./runtime-options.ts";
import { ownCommand } from "./self.ts";

/**
 * The runtime's options are read when the process starts, so the program replaces itself once where they are missing.
 * Same process number, 5 ms. An option that is set already is left as it is.
 */
export function restartWithRuntimeOptions(): void {
  const isSet = Object.keys(RUNTIME_OPTIONS).every((name) => process.env[name] !== undefined);
  if (isSet || process.execve === undefined) return;
  const environment = { ...RUNTIME_OPTIONS, ...process.env };
  process.execve(process.execPath, [...ownCommand(), ...process.argv.slice(2)], environment);
}
