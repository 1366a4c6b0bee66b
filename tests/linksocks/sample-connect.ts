import type { ConnectMessage } from "../../src/linksocks/codec/message.ts";
import { newUuid } from "../../src/linksocks/codec/uuid.ts";

export const ID = newUuid();
export const TARGET = { host: "example.com", port: 443 };
export const CONNECT: ConnectMessage = {
  type: "connect",
  channel: ID,
  protocol: "tcp",
  target: TARGET,
  resume: false,
  window: undefined,
};
