/** A kind of Linux machine that this one can play: its programs run here, as far as its libraries are at hand. */
export interface ForeignMachine {
  /** As in the names of the release's archives. */
  readonly label: "linux-arm64" | "linux-x64-musl";
  /** Packages of Debian with its loader and libraries. */
  readonly packages: readonly string[];
  readonly architecture: "arm64" | "amd64";
  /** A later release of Debian than this machine's, where the packages must come from that. */
  readonly suite?: string;
  /** A package of PyPI that brings libraries which Debian does not have, and its kind of machine there. */
  readonly wheel?: { readonly requirement: string; readonly platform: string };
  /** Runs its programs one instruction at a time; without it the processor of this machine does. */
  readonly emulator?: Emulator;
}

export interface Emulator {
  readonly program: string;
  readonly package: string;
  /** The first bytes of its programs, and which bits of them count: as `binfmt_misc` of the kernel takes them. */
  readonly magic: string;
  readonly mask: string;
}

export const MACHINES: readonly ForeignMachine[] = [
  {
    label: "linux-arm64",
    packages: ["libc6", "libgcc-s1", "libstdc++6"],
    architecture: "arm64",
    emulator: {
      program: "qemu-aarch64-static",
      package: "qemu-user-static",
      magic: "7f454c460201010000000000000000000200b700",
      mask: "ffffffffffffff00fffffffffffffffffeffffff",
    },
  },
  {
    label: "linux-x64-musl",
    packages: ["musl"],
    architecture: "amd64",
    // Bun needs relative relocations, which musl has had since 1.2.4.
    suite: "trixie",
    wheel: { requirement: "greenlet==3.5.6", platform: "musllinux_1_2_x86_64" },
  },
];
