// The wireproxy that we run: which release, where it is installed, how it gets there. A download is compared with a pinned
// hash and appears only when it is complete. Paths, environment and platform are passed in.

import { Failure } from "../../../platform/failure.ts";

/** SHA-256 values, 64 lower-case hex digits each; a hash that could not be verified is left out. */
export interface PinnedHashes {
  readonly archive?: string | undefined;
  readonly binary?: string | undefined;
}

/** One release of wireproxy and what we know of its archives. */
export interface Release {
  /** Without `v`, as `wireproxy -v` prints it. */
  readonly version: string;
  /** Where the archives lie, with or without a final slash. */
  readonly baseUrl: string;
  /** By asset name. */
  readonly hashes: Readonly<Record<string, PinnedHashes>>;
}

/** An archive that may be installed, for its hash is known. */
export interface Asset {
  readonly name: string;
  readonly archiveSha256: string;
  /** Of the program within. */
  readonly binarySha256?: string | undefined;
}

/** The machine, in node's words (`process.platform`, `process.arch`). */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
}

/** wireproxy 1.1.3, with the hashes that independent projects have pinned too. */
export const PINNED_RELEASE: Release = {
  version: "1.1.3",
  baseUrl: "https://github.com/windtf/wireproxy/releases/download/v1.1.3/",
  hashes: {
    "wireproxy_linux_amd64.tar.gz": {
      archive: "e88c1d090740373fc606c1bafd81d9a5eadc642cce5667616e20e9d7a444f51c",
      binary: "70ae5e52223dac7974af8d98a321f14a0e1689d2b14655ebc8dadfa1ec69466d",
    },
    "wireproxy_linux_arm64.tar.gz": {
      archive: "370e00bd2167960d1ecd1c3c1439715bbaa94a0a110a2040468670c9af6021b6",
      binary: "5852e32671afb8918c39c59330b85f833c187ed41b6b1f683c90b6bfd320f3fa",
    },
    "wireproxy_darwin_amd64.tar.gz": {
      archive: "5d89742a0f381d9508d3ad828a0d300dceee24fa49015427eaff42a23f7a50bd",
      binary: "1e76b051e47fa34d40904712484ae94b82d9a9ee01afe0a5ceb8f7eac555c7b4",
    },
    "wireproxy_darwin_arm64.tar.gz": {
      archive: "28d34342c48c309b628d9c06ab4efc05b82fba49821f360605c02139c02547a5",
      binary: "37889c2f0ea4a9f2f59fc1bfefc372b24ffc4e56e2e34a0188aabe3a4e8c1ec3",
    },
  },
};

/**
 * The archive for a machine.
 * @throws Failure `platform-unsupported` where there is none, or its hash is not known.
 */
export function chooseAsset({ platform, arch }: Machine, release: Release = PINNED_RELEASE): Asset {
  const name = ASSET_NAMES[`${platform}-${arch}`];
  if (name === undefined) {
    throw unsupported(`wireproxy ${release.version} has no archive that we can install on ${platform} ${arch}`);
  }
  const pinned = release.hashes[name];
  if (pinned?.archive === undefined) {
    throw unsupported(`no hash is known for ${name} of wireproxy ${release.version}, so it is not installed`);
  }
  return { name, archiveSha256: pinned.archive, binarySha256: pinned.binary };
}

/** linux/arm is the 32-bit build: it is not for arm64, though both predecessors install it there. */
const ASSET_NAMES: Readonly<Record<string, string>> = {
  "linux-x64": "wireproxy_linux_amd64.tar.gz",
  "linux-arm64": "wireproxy_linux_arm64.tar.gz",
  "linux-arm": "wireproxy_linux_arm.tar.gz",
  "linux-ia32": "wireproxy_linux_386.tar.gz",
  "linux-mips": "wireproxy_linux_mips.tar.gz",
  "linux-mipsel": "wireproxy_linux_mipsle.tar.gz",
  "linux-s390x": "wireproxy_linux_s390x.tar.gz",
  "linux-riscv64": "wireproxy_linux_riscv64.tar.gz",
  "darwin-x64": "wireproxy_darwin_amd64.tar.gz",
  "darwin-arm64": "wireproxy_darwin_arm64.tar.gz",
};

function unsupported(message: string): Failure {
  return new Failure("platform-unsupported", message, {
    hint: "install wireproxy by hand and set wireproxy.path in config.yaml, or WPDAEMON_WIREPROXY, to it",
  });
}
