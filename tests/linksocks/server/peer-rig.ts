import { createTrunk } from "../../../src/linksocks/channel/trunk.ts";
import type { Decoded } from "../../../src/linksocks/codec/message.ts";
import type { Peer, Role } from "../../../src/linksocks/server/admit.ts";
import type { Token } from "../../../src/linksocks/server/token-registry.ts";
import { createFakeLink, type FakeLink } from "../fake-link.ts";

export interface FakePeer extends Peer {
  readonly link: FakeLink;
  /** How many partners it was told of, each time. */
  partners(): readonly number[];
}

/** Somebody who has authenticated by `token`. */
export function createFakePeer(role: Role, token: Token, instance: string = crypto.randomUUID()): FakePeer {
  const link = createFakeLink();
  return {
    link,
    trunk: createTrunk(link),
    role,
    token,
    instance,
    address: "192.0.2.1",
    partners: () => link.sent.flatMap(countOf),
  };
}

function countOf(message: Decoded): readonly number[] {
  return message.type === "partners" ? [message.count] : [];
}
