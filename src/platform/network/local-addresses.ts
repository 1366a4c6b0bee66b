import { attemptOr, Failure } from "../failure.ts";

/** A range of IPv4 addresses, in CIDR notation and as those of it are known. */
interface AddressPool {
  readonly text: string;
  indexOf(address: string): number | undefined;
}

interface LocalAddressOptions {
  /** An interface whose route to the range is no reason to refuse: one that a program before us has made for it. */
  readonly ownInterface: string;
  readonly platform?: string;
  /** Runs a program of the system's. @returns what it wrote, or why it failed. */
  readonly run?: (
    program: string,
    words: readonly string[],
  ) => { readonly output: string } | { readonly fault: string };
  /** Whether a program can listen on an address. */
  readonly isOwn?: (address: string) => boolean;
}

/**
 * Has programs listen on addresses of a range that this machine need not have. On Linux every address that begins with 127
 * is there; another range becomes local as a whole, by a route of ip-route(8) that leads to `lo`. On macOS `lo0` gets each
 * address for itself, which was not run there.
 */
export function openLocalAddresses(
  pool: AddressPool,
  { ownInterface, platform = process.platform, run = runProgram, isOwn = canListen }: LocalAddressOptions,
) {
  /** On macOS. */
  const added = new Set<string>();

  return {
    /**
     * Makes an address one of this machine's, if it is none.
     * @throws Failure `permission-denied`, or `settings-invalid` where the range is somebody else's network.
     */
    take(address: string): void {
      if (platform === "linux" && address.startsWith("127.")) return;
      if (isOwn(address)) return;
      if (platform === "linux") addRoute();
      else addAlias(address);
    },
    /** Takes away what was added, on Linux by any process of ours. */
    release(): void {
      if (platform === "linux") {
        if (!pool.text.startsWith("127.")) run("ip", ["-4", "route", "flush", "table", "local", "proto", OURS]);
      } else for (const address of added) run("ifconfig", ["lo0", "-alias", address]);
      added.clear();
    },
  };

  function addRoute(): void {
    const taken = findRoutes().find(({ dst, dev }) => dev !== ownInterface && overlaps(dst));
    if (taken !== undefined) {
      throw new Failure("settings-invalid", `${pool.text} overlaps the network ${taken.dst} at ${taken.dev}`, {
        hint: OTHER_SUBNET,
      });
    }
    const result = run("ip", ["-4", "route", "replace", "local", pool.text, "dev", "lo", "proto", OURS]);
    if ("fault" in result) throw refused(pool.text, result.fault);
  }

  function addAlias(address: string): void {
    const result = run("ifconfig", ["lo0", "alias", address, "netmask", "255.255.255.255"]);
    if ("fault" in result && !isOwn(address)) throw refused(address, result.fault);
    added.add(address);
  }

  function findRoutes(): readonly { readonly dst: string; readonly dev: string }[] {
    const result = run("ip", ["-4", "route", "show"]);
    if ("fault" in result) return [];
    return [...result.output.matchAll(/^(?:\w+ )?([\d.]+(?:\/\d+)?) .*?dev (\S+)/gm)].map(([, dst = "", dev = ""]) => ({
      dst,
      dev,
    }));
  }

  /** Of two ranges one holds the other's first address. */
  function overlaps(other: string): boolean {
    const [base = "", prefix = "32"] = other.split("/");
    if (pool.indexOf(base) !== undefined) return true;
    const [own = "", ownPrefix = "32"] = pool.text.split("/");
    return Number(prefix) <= Number(ownPrefix) && startOf(own, Number(prefix)) === startOf(base, Number(prefix));
  }
}

/** The protocol that our routes have, by which they are known after a kill; no routing daemon has this number. */
const OURS = "231";

const OTHER_SUBNET = "set net.subnet to 127.107.0.0/16, which needs no privilege, or to another range that is free";

function refused(what: string, fault: string): Failure {
  const hint = `it needs CAP_NET_ADMIN; or ${OTHER_SUBNET}`;
  return new Failure("permission-denied", `${what} cannot become an address of this machine: ${fault}`, { hint });
}

/** The first bits of an address, as a number. */
function startOf(address: string, bits: number): number {
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return Math.floor(number / 2 ** (32 - bits));
}

/** Where the system's own programs lie; not what `PATH` says, because this may run as root. */
const FOLDERS = ["/sbin", "/usr/sbin", "/bin", "/usr/bin"];

function runProgram(program: string, words: readonly string[]) {
  const path = Bun.which(program, { PATH: FOLDERS.join(":") });
  if (path === null) return { fault: `${program} is not installed here` };
  const { success, stdout, stderr } = Bun.spawnSync([path, ...words], {
    stdout: "pipe",
    stderr: "pipe",
    timeout: 5_000,
  });
  return success ? { output: stdout.toString() } : { fault: stderr.toString().trim() || `${program} failed` };
}

function canListen(address: string): boolean {
  return attemptOr(false, () => {
    Bun.listen({ hostname: address, port: 0, exclusive: true, socket: { data() {} } }).stop();
    return true;
  });
}
