/** Whether bytes from the system's socket for network changes announce a change of links, addresses or routes. */
type ChangeReader = (bytes: Uint8Array) => boolean;

/** For this machine's kind of system. */
export function createChangeReader(): ChangeReader {
  return process.platform === "darwin" ? readRouteMessages : createNetlinkReader();
}

/**
 * Reads rtnetlink(7) messages of the groups LINK, IFADDR and ROUTE. Three kinds are no change: a wireless card's scans,
 * a route in a cache, and the renewed lifetime of an address, which an IPv6 router may cause every few seconds. What cannot
 * be read counts as a change, because something has happened.
 */
export function createNetlinkReader(): ChangeReader {
  /** The last message about each address. */
  const addresses = new Map<string, string>();

  return (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let changed = false;
    for (let at = 0; at < bytes.length; ) {
      const length = at + 16 <= bytes.length ? view.getUint32(at, true) : 0;
      if (length < 16 || at + length > bytes.length) return true;
      if (isChange(view.getUint16(at + 4, true), bytes.subarray(at + 16, at + length))) changed = true;
      at += alignTo4(length);
    }
    return changed;
  };

  function isChange(type: number, body: Uint8Array): boolean {
    if (type === RTM_NEWLINK) return !readAttributes(body, 16).has(IFLA_WIRELESS);
    if (type === RTM_NEWROUTE) return ((body[9] ?? 0) & RTM_F_CLONED) === 0;
    if (type !== RTM_NEWADDR && type !== RTM_DELADDR) return true;
    const said = readAttributes(body, 8);
    const address = [body.subarray(4, 8).toHex(), said.get(IFA_ADDRESS), said.get(IFA_LOCAL)].join(" ");
    if (type === RTM_DELADDR) return addresses.delete(address) || true;
    said.delete(IFA_CACHEINFO);
    const now = [body.subarray(0, 4).toHex(), ...said.values()].join(" ");
    if (addresses.get(address) === now) return false;
    addresses.set(address, now);
    return true;
  }
}

const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_NEWROUTE = 24;
const IFLA_WIRELESS = 11;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_CACHEINFO = 6;
/** 0x200, in the second byte of the flags. */
const RTM_F_CLONED = 0x02;

/** The attributes behind a body's fixed part, by kind, in hex. */
function readAttributes(body: Uint8Array, fixedBytes: number): Map<number, string> {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const attributes = new Map<number, string>();
  for (let at = fixedBytes; at + 4 <= body.length; ) {
    const length = view.getUint16(at, true);
    if (length < 4) break;
    attributes.set(view.getUint16(at + 2, true), body.subarray(at + 4, at + length).toHex());
    at += alignTo4(length);
  }
  return attributes;
}

function alignTo4(length: number): number {
  return (length + 3) & ~3;
}

/**
 * Reads messages of macOS' route(4), of which a chunk may hold several. What other programs ask for, and the entries that
 * the kernel makes for single neighbours, are no changes.
 */
export function readRouteMessages(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const length = at + 12 <= bytes.length ? view.getUint16(at, true) : 0;
    if (length < 12 || at + length > bytes.length) return true;
    const [type, flags] = [view.getUint8(at + 3), view.getUint32(at + 8, true)];
    if (INTERFACE_TYPES.has(type) || (ROUTE_TYPES.has(type) && (flags & NEIGHBOUR_FLAGS) === 0)) return true;
    at += length;
  }
  return false;
}

/** RTM_NEWADDR, RTM_DELADDR, RTM_IFINFO. */
const INTERFACE_TYPES: ReadonlySet<number> = new Set([0xc, 0xd, 0xe]);
/** RTM_ADD, RTM_DELETE, RTM_CHANGE. */
const ROUTE_TYPES: ReadonlySet<number> = new Set([1, 2, 3]);
/** RTF_LLINFO, RTF_WASCLONED. */
const NEIGHBOUR_FLAGS = 0x0400 | 0x20000;
