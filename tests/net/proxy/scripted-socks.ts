import { type ScriptedServer, serveScript } from "../scripted-server.ts";

/** A SOCKS5 proxy of a few bytes: it chooses `method`, says `verdict`, and answers what follows with `page`. */
export function serveSocks(
  options: { readonly method?: number; readonly reply?: readonly number[]; readonly page?: string } = {},
): ScriptedServer {
  const { method = 0, reply = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0], page = "" } = options;
  const answers = [
    new Uint8Array([5, method]),
    ...(method === 2 ? [new Uint8Array([1, 0])] : []),
    new Uint8Array(reply),
    new TextEncoder().encode(page),
  ];
  let step = 0;
  return serveScript((socket, chunk) => {
    if (chunk !== undefined) socket.write(answers[step++] ?? new Uint8Array(0));
  });
}
