import { describe, expect, test } from "bun:test";
import { chooseAsset, PINNED_RELEASE, type Release } from "../../../../src/tunnels/wireproxy/program/release.ts";
import { failureOf } from "../../../rig/rejection.ts";

const ASSETS = [
  ["linux", "x64", "wireproxy_linux_amd64.tar.gz"],
  ["linux", "arm64", "wireproxy_linux_arm64.tar.gz"],
  ["linux", "arm", "wireproxy_linux_arm.tar.gz"],
  ["linux", "ia32", "wireproxy_linux_386.tar.gz"],
  ["linux", "mips", "wireproxy_linux_mips.tar.gz"],
  ["linux", "mipsel", "wireproxy_linux_mipsle.tar.gz"],
  ["linux", "s390x", "wireproxy_linux_s390x.tar.gz"],
  ["linux", "riscv64", "wireproxy_linux_riscv64.tar.gz"],
  ["darwin", "x64", "wireproxy_darwin_amd64.tar.gz"],
  ["darwin", "arm64", "wireproxy_darwin_arm64.tar.gz"],
] as const;

const PINNED = ASSETS.filter(([, , name]) => name in PINNED_RELEASE.hashes);
const UNPINNED = ASSETS.filter(([, , name]) => !(name in PINNED_RELEASE.hashes));

const EVERYTHING_PINNED: Release = {
  ...PINNED_RELEASE,
  hashes: Object.fromEntries(ASSETS.map(([, , name]) => [name, { archive: "0".repeat(64) }])),
};

describe("the archive for each platform", () => {
  test.each(ASSETS)("%s %s is %s", (platform, arch, name) => {
    expect(chooseAsset({ platform, arch }, EVERYTHING_PINNED).name).toBe(name);
  });

  test.each(PINNED)("%s %s is pinned, program included", (platform, arch, name) => {
    const asset = chooseAsset({ platform, arch });
    expect(asset.name).toBe(name);
    expect(asset.archiveSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(asset.binarySha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each(UNPINNED)(
    "%s %s has an archive, but nobody vouches for it: refused with a way out",
    (platform, arch, name) => {
      const failure = failureOf(() => chooseAsset({ platform, arch }));
      expect(failure.code).toBe("platform-unsupported");
      expect(failure.message).toContain(name);
      expect(failure.hint).toContain("wireproxy.path");
    },
  );

  test.each([
    ["win32", "x64"],
    ["win32", "ia32"],
    ["freebsd", "x64"],
    ["linux", "ppc64"],
    ["darwin", "arm"],
  ])("%s %s is unsupported", (platform, arch) => {
    expect(failureOf(() => chooseAsset({ platform, arch })).code).toBe("platform-unsupported");
  });

  test("every platform that wpdaemon is compiled for is pinned, and no two hashes are the same", () => {
    expect(PINNED).toHaveLength(4);
    const hashes = Object.values(PINNED_RELEASE.hashes).flatMap(({ archive, binary }) => [archive, binary]);
    expect(new Set(hashes).size).toBe(8);
  });
});
