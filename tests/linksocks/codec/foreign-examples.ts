import { type Example, TCP_DATA, UDP_DATA } from "./examples.ts";

/** What other peers send and we never do: direct mode, sequences and migration. */
export const FOREIGN: readonly Example[] = [
  {
    name: "DirectCapabilities, trunk only",
    hex: `01 0b 00 00 00 35 7b 22 73 65 73 73 69 6f 6e 5f 69 64 22 3a 22 31 31 31 31 31 31 31 31 2d 32 32
     32 32 2d 34 33 33 33 2d 38 34 34 34 2d 35 35 35 35 35 35 35 35 35 35 35 35 22 7d`,
    message: { type: "unknown", code: 0x0b },
  },
  {
    name: "DirectCapabilities, one candidate",
    hex: `01 0b 00 00 00 77 7b 22 73 65 73 73 69 6f 6e 5f 69 64 22 3a 22 31 31 31 31 31 31 31 31 2d 32 32
     32 32 2d 34 33 33 33 2d 38 34 34 34 2d 35 35 35 35 35 35 35 35 35 35 35 35 22 2c 22 63 61 6e 64
     69 64 61 74 65 73 22 3a 5b 7b 22 61 64 64 72 22 3a 22 32 30 33 2e 30 2e 31 31 33 2e 37 22 2c 22
     70 6f 72 74 22 3a 34 30 30 30 30 2c 22 6b 69 6e 64 22 3a 22 73 72 66 6c 78 22 7d 5d 7d`,
    message: { type: "unknown", code: 0x0b },
  },
  {
    name: "DirectRendezvous, minimal",
    hex: `01 0c 00 00 00 70 7b 22 73 65 73 73 69 6f 6e 5f 69 64 22 3a 22 31 31 31 31 31 31 31 31 2d 32 32
     32 32 2d 34 33 33 33 2d 38 34 34 34 2d 35 35 35 35 35 35 35 35 35 35 35 35 22 2c 22 72 65 6d 6f
     74 65 5f 73 65 73 73 69 6f 6e 5f 69 64 22 3a 22 30 30 30 30 30 30 30 30 2d 30 30 30 30 2d 30 30
     30 30 2d 30 30 30 30 2d 30 30 30 30 30 30 30 30 30 30 30 30 22 7d`,
    message: { type: "unknown", code: 0x0c },
  },
  {
    name: "DirectStatus probing",
    hex: `01 0d 00 00 00 55 7b 22 73 65 73 73 69 6f 6e 5f 69 64 22 3a 22 31 31 31 31 31 31 31 31 2d 32 32
     32 32 2d 34 33 33 33 2d 38 34 34 34 2d 35 35 35 35 35 35 35 35 35 35 35 35 22 2c 22 73 74 61 74
     75 73 22 3a 22 70 72 6f 62 69 6e 67 22 2c 22 6d 65 74 72 69 63 73 22 3a 7b 7d 7d`,
    message: { type: "unknown", code: 0x0d },
  },
  {
    name: "DirectStatus failed, reason timeout",
    hex: `01 0d 00 00 00 66 7b 22 73 65 73 73 69 6f 6e 5f 69 64 22 3a 22 31 31 31 31 31 31 31 31 2d 32 32
     32 32 2d 34 33 33 33 2d 38 34 34 34 2d 35 35 35 35 35 35 35 35 35 35 35 35 22 2c 22 73 74 61 74
     75 73 22 3a 22 66 61 69 6c 65 64 22 2c 22 6d 65 74 72 69 63 73 22 3a 7b 22 72 65 61 73 6f 6e 22
     3a 22 74 69 6d 65 6f 75 74 22 7d 7d`,
    message: { type: "unknown", code: 0x0d },
  },
  {
    name: "Data TCP hello, Sequence 7",
    hex: `02 04 01 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 00 00 00 00 05 68 65 6c 6c 6f 00 00 00
     00 00 00 00 07`,
    message: { ...TCP_DATA, body: Buffer.from("hello") },
  },
  {
    name: "Data UDP ping to 127.0.0.1:53, Sequence 7",
    hex: `02 04 02 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 00 00 00 00 04 70 69 6e 67 00 00 00 09
     31 32 37 2e 30 2e 30 2e 31 00 35 00 00 00 00 00 00 00 07`,
    message: { ...UDP_DATA, body: Buffer.from("ping"), target: { host: "127.0.0.1", port: 53 } },
  },
  {
    name: "ChannelBind",
    hex: `02 0e 00 00 00 7f 7b 22 63 68 61 6e 6e 65 6c 5f 69 64 22 3a 22 30 30 31 31 32 32 33 33 2d 34 34
     35 35 2d 36 36 37 37 2d 38 38 39 39 2d 61 61 62 62 63 63 64 64 65 65 66 66 22 2c 22 70 72 6f 74
     6f 63 6f 6c 22 3a 22 74 63 70 22 2c 22 70 65 65 72 5f 73 65 73 73 69 6f 6e 5f 69 64 22 3a 22 31
     31 31 31 31 31 31 31 2d 32 32 32 32 2d 34 33 33 33 2d 38 34 34 34 2d 35 35 35 35 35 35 35 35 35
     35 35 35 22 7d`,
    message: { type: "unknown", code: 0x0e },
  },
  {
    name: "ChannelMigrate",
    hex: `02 0f 00 00 00 46 7b 22 63 68 61 6e 6e 65 6c 5f 69 64 22 3a 22 30 30 31 31 32 32 33 33 2d 34 34
     35 35 2d 36 36 37 37 2d 38 38 39 39 2d 61 61 62 62 63 63 64 64 65 65 66 66 22 2c 22 72 65 61 73
     6f 6e 22 3a 22 72 65 6c 61 79 22 7d`,
    message: { type: "unknown", code: 0x0f },
  },
  {
    name: "ChannelMigrateAck",
    hex: `02 10 00 00 00 44 7b 22 63 68 61 6e 6e 65 6c 5f 69 64 22 3a 22 30 30 31 31 32 32 33 33 2d 34 34
     35 35 2d 36 36 37 37 2d 38 38 39 39 2d 61 61 62 62 63 63 64 64 65 65 66 66 22 2c 22 73 75 63 63
     65 73 73 22 3a 74 72 75 65 7d`,
    message: { type: "unknown", code: 0x10 },
  },
  {
    name: "ChannelDataAck, sequence 7",
    hex: `02 11 00 00 00 42 7b 22 63 68 61 6e 6e 65 6c 5f 69 64 22 3a 22 30 30 31 31 32 32 33 33 2d 34 34
     35 35 2d 36 36 37 37 2d 38 38 39 39 2d 61 61 62 62 63 63 64 64 65 65 66 66 22 2c 22 73 65 71 75
     65 6e 63 65 22 3a 37 7d`,
    message: { type: "unknown", code: 0x11 },
  },
];
