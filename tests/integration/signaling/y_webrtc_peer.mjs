// y-webrtc's own provider, unmodified, as far as Node.js carries it: signaling for real, no WebRTC.
//
//   node y_webrtc_peer.mjs URL ROOM [PASSWORD]
//
// Says what happens as one JSON object a line on standard output; ends when standard input does.

import WebSocket from 'ws';
import * as Y from 'yjs';
import { WebrtcProvider } from 'y-webrtc';

globalThis.WebSocket = WebSocket;

const [url, room, password] = process.argv.slice(2);
const say = event => process.stdout.write(JSON.stringify(event) + '\n');

const provider = new WebrtcProvider(room, new Y.Doc(), {
  signaling: [url],
  password: password ?? null,
  maxConns: 1
});

const [connection] = provider.signalingConns;
connection.on('connect', () => say({ event: 'connected' }));
connection.on('disconnect', () => say({ event: 'disconnected' }));
connection.on('message', message => {
  // The first is its own announcement. It would answer another's by building a WebRTC connection,
  // which Node.js has none of.
  provider.maxConns = 0;
  say({ event: 'message', message });
});
provider.key.then(() => say({ event: 'ready', peer: provider.room.peerId }));

process.stdin.resume();
process.stdin.on('end', () => {
  provider.destroy();
  process.exit(0);
});
