// A feed as people write it with Socket.IO: every line that comes in goes out to everybody.
//
// broadcast.cjs MODULE PORT ENTRY: listeners connect to PORT; an empty line from ENTRY is answered once nothing waits
// to be sent.

const { createServer } = require("node:http");
const { createServer: createEntry } = require("node:net");
const { createInterface } = require("node:readline");

const [module_, port, entry] = process.argv.slice(2);
const { Server } = require(module_);
const web = createServer();
const io = new Server(web, { transports: ["websocket"], serveClient: false });

createEntry((socket) => {
  createInterface({ input: socket }).on("line", (line) => {
    if (line === "") answerOnceSent(socket);
    else io.emit("event", JSON.parse(line));
  });
  socket.on("error", () => socket.destroy());
}).listen(Number(entry), "127.0.0.1", () => web.listen(Number(port), "127.0.0.1"));

function answerOnceSent(socket) {
  for (const { conn } of io.sockets.sockets.values()) {
    if (conn.writeBuffer.length > 0) {
      setTimeout(answerOnceSent, 1, socket);
      return;
    }
  }
  socket.write("\n");
}
