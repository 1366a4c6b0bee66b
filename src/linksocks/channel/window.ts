// Flow control between peers of our own. LinkSocks has none: a receiver either drops (Go does, silently, after 1,000
// messages) or stops reading the WebSocket and with it every other channel. So a channel's ends tell each other how many
// bytes they take: the first window stands behind Connect and ConnectResponse, and a `window` message gives back what was
// passed on. A sender without credit says so with a `window` of 0 bytes, and a receiver that keeps up doubles its window.
// Peers that know nothing of it ignore it all; it is used only where every hop has said that it knows, and
// all others ignore types that they do not know and bytes after the last field; docs/protocols/linksocks.md#flow-control.

/** What a channel may send before anything was said. */
export const FIRST_WINDOW = 256 * 1024;

/** 160 Mbit/s over a path of 400 ms. */
const LARGEST_WINDOW = 8 * 1024 * 1024;

/** What all windows of this process together may grow by. */
const GROWTH_BUDGET = 64 * 1024 * 1024;

let grown = 0;

/** How many bytes a channel's receiver still takes. */
export function createReceiveWindow() {
  let size = FIRST_WINDOW;
  let available = FIRST_WINDOW;
  let owed = 0;
  return {
    /** @returns false where the sender sent more than it was allowed to. */
    receive(bytes: number): boolean {
      available -= bytes;
      return available >= 0;
    },
    /** These bytes have been passed on. @returns the credit to give now; 0 for none yet. */
    passOn(bytes: number): number {
      owed += bytes;
      return owed < size / 4 ? 0 : give();
    },
    /** The sender has no credit left, and we keep up. @returns more credit, or 0. */
    grow(): number {
      if (size * 2 <= LARGEST_WINDOW && grown + size <= GROWTH_BUDGET) {
        grown += size;
        owed += size;
        size *= 2;
      }
      return give();
    },
    /** The channel has ended. */
    close(): void {
      grown -= size - FIRST_WINDOW;
      size = FIRST_WINDOW;
    },
  };

  function give(): number {
    const credit = owed;
    available += credit;
    owed = 0;
    return credit;
  }
}
