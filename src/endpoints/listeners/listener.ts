import type { AddressRange } from "../../net/address-range.ts";
import { handleStreams, keepStreamAlive, NO_LISTENER, type SocketStream } from "../../net/byte-stream.ts";
import { formatHostAndPort } from "../../net/host-and-port.ts";
import { systemCode } from "../../platform/failure.ts";
import { duplicateDescriptor } from "../../platform/libc.ts";
import { unmapIPv4 } from "../../platform/network/ip-address.ts";
import { affordableConnections } from "../../platform/process/descriptor-limit.ts";
import { startTimer } from "../../platform/timers.ts";
import { FLOWS } from "../forwarding/flows.ts";

/** How long until a port that could not be had is tried again. */
const RETRY_MS = 30_000;

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** A socket that listens there already, inherited from the process that had it; it stays the caller's. */
  readonly descriptor?: number | undefined;
  /** Who may connect; undefined for everybody who can. */
  readonly allowed?: readonly AddressRange[] | undefined;
  /** A client has connected; nothing has been read of it yet. */
  accept(client: SocketStream): void;
  /** It has gone, in whatever way. */
  ended(client: SocketStream): void;
  /** It listens now, or listens no longer: see `error`. */
  onChange?(): void;
}

let open = 0;

/** A listening socket of an endpoint, or the attempts at one. */
export type Listener = ReturnType<typeof startListener>;

/** Listens, and tries again every 30 seconds while that cannot be; it never throws. */
export function startListener(options: ListenerOptions) {
  const { host, port, descriptor, allowed, accept, ended, onChange } = options;
  let socket: Bun.TCPSocketListener<{ listener: typeof NO_LISTENER }> | undefined;
  let error: string | undefined;
  let isTaken = false;
  let isStopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  listen(descriptor);

  return {
    /** 0 until the system has chosen one. */
    get port(): number {
      return port === 0 ? (socket?.port ?? 0) : port;
    },
    /** Why it does not listen; undefined where it does. */
    get error(): string | undefined {
      return error;
    },
    /** Another program listens there. */
    get isTaken(): boolean {
      return isTaken;
    },
    /** Tries at once what would be tried later. */
    retry(): void {
      if (socket !== undefined || isStopped) return;
      clearTimeout(timer);
      listen(undefined);
    },
    /** A second descriptor of the listening socket, for another process; the caller closes it. Undefined where there is none. */
    duplicateSocket(): number | undefined {
      // The runtime has it, and its types do not say so.
      const own = socket !== undefined && "fd" in socket ? socket.fd : undefined;
      return typeof own === "number" && own >= 0 ? duplicateDescriptor(own) : undefined;
    },
    /** Takes no more connections; those there are go on. */
    stop(): void {
      isStopped = true;
      clearTimeout(timer);
      socket?.stop();
      socket = undefined;
    },
  };

  function listen(inherited: number | undefined): void {
    const before = error;
    try {
      socket = Bun.listen<{ listener: typeof NO_LISTENER }>({
        ...(inherited === undefined ? {} : { fd: duplicateDescriptor(inherited) }),
        hostname: host,
        port,
        exclusive: true,
        allowHalfOpen: true,
        data: { listener: NO_LISTENER },
        socket: handleStreams(FLOWS, {
          open(client) {
            client.data = { listener: NO_LISTENER };
            open += 1;
            // Without a free descriptor a listening socket keeps the processor busy.
            if (open > affordableConnections("endpoints") || !isAllowed(client.remoteAddress)) client.terminate();
            else {
              keepStreamAlive(client);
              accept(client);
            }
          },
          close(client, fault) {
            open -= 1;
            const { listener } = client.data;
            client.data.listener = NO_LISTENER;
            listener.onClose(fault !== undefined && fault !== null);
            ended(client);
          },
        }),
      });
      error = undefined;
      isTaken = false;
    } catch (fault) {
      isTaken = systemCode(fault) === "EADDRINUSE";
      error = explain(host, port, fault);
      timer = startTimer(FLOWS, RETRY_MS, () => listen(undefined));
      timer.unref();
    }
    if (error !== before) onChange?.();
  }

  function isAllowed(address: string): boolean {
    return allowed === undefined || allowed.some((range) => range.contains(unmapIPv4(address)));
  }
}

function explain(host: string, port: number, error: unknown): string {
  const place = formatHostAndPort({ host, port });
  switch (systemCode(error)) {
    case "EADDRINUSE":
      return `${place} is taken by another program`;
    case "EACCES":
      return `${place} needs a privilege that this process has not: CAP_NET_BIND_SERVICE, as the unit of install --system gives it, or setcap cap_net_bind_service=+ep on the program`;
    case "EADDRNOTAVAIL":
      return `${host} is no address of this machine`;
    default:
      return `cannot listen on ${place}: ${systemCode(error) ?? (error instanceof Error ? error.message : error)}`;
  }
}
