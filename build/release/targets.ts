/** A kind of machine that a release has an executable for. */
export interface Target {
  /** As in the names of the archives. */
  readonly label: string;
  /** Folder of its runtime's package, below `@oven/`. */
  readonly runtime: string;
  /** As Bun's compiler calls it. */
  readonly compile: Bun.Build.CompileTarget;
  readonly format: ElfFormat | MachOFormat;
}

export interface ElfFormat {
  readonly kind: "ELF";
  readonly arch: "x64" | "arm64";
  /** The loader, by which glibc and musl differ. */
  readonly interpreter: string;
}

export interface MachOFormat {
  readonly kind: "Mach-O";
  readonly arch: "x64" | "arm64";
  /** The compiler leaves the runtime's own signature in place, which is wrong as soon as a program is put in. */
  readonly needsSignature: boolean;
}

export const TARGETS: readonly Target[] = [
  {
    label: "linux-x64",
    runtime: "bun-linux-x64",
    compile: "bun-linux-x64",
    format: { kind: "ELF", arch: "x64", interpreter: "/lib64/ld-linux-x86-64.so.2" },
  },
  {
    label: "linux-arm64",
    runtime: "bun-linux-aarch64",
    compile: "bun-linux-arm64",
    format: { kind: "ELF", arch: "arm64", interpreter: "/lib/ld-linux-aarch64.so.1" },
  },
  {
    label: "linux-x64-musl",
    runtime: "bun-linux-x64-musl",
    compile: "bun-linux-x64-musl",
    format: { kind: "ELF", arch: "x64", interpreter: "/lib/ld-musl-x86_64.so.1" },
  },
  {
    label: "linux-arm64-musl",
    runtime: "bun-linux-aarch64-musl",
    compile: "bun-linux-arm64-musl",
    format: { kind: "ELF", arch: "arm64", interpreter: "/lib/ld-musl-aarch64.so.1" },
  },
  {
    label: "darwin-x64",
    runtime: "bun-darwin-x64",
    compile: "bun-darwin-x64",
    format: { kind: "Mach-O", arch: "x64", needsSignature: true },
  },
  {
    label: "darwin-arm64",
    runtime: "bun-darwin-aarch64",
    compile: "bun-darwin-arm64",
    format: { kind: "Mach-O", arch: "arm64", needsSignature: false },
  },
];
