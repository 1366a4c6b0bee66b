// `make soak`: what only shows after a long time. Takes an hour and some minutes; SOAK_MINUTES says how long the fuzzer goes on.

import { soakFuzz } from "./fuzz.ts";
import { soakIdleProvider } from "./idle-provider.ts";
import { soakSpawns } from "./spawns.ts";

const SPAWNS = 5_000;
const GROWTH_MB = 3;
const FUZZ_MINUTES = Number(process.env["SOAK_MINUTES"] ?? 60);

await soakIdleProvider();
console.log("a LinkSocks provider that was idle for more than a minute is still connected to a Go server");
const report = await soakSpawns(SPAWNS, (done) => {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${SPAWNS} spawns`);
});
if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
console.log(
  `${report.spawns} spawns: ${report.early.toFixed(1)} MB of its own after a tenth of them, ` +
    `${report.late.toFixed(1)} MB after all; ${report.descriptors} more descriptors`,
);
if (report.late - report.early > GROWTH_MB || report.descriptors > 0) {
  console.error(`the daemon grows: at most ${GROWTH_MB} MB and no descriptor are allowed`);
  process.exit(1);
}
console.log(
  await soakFuzz(FUZZ_MINUTES * 60_000, (what) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what}`);
  }),
);
