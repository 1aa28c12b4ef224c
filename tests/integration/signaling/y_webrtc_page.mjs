// y-webrtc's own provider, unmodified, in a page: node bundle_page.mjs makes one file of it.

import * as Y from 'yjs';
import { WebrtcProvider } from 'y-webrtc';

const { signaling, password } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const document = new Y.Doc();

window.text = document.getText('text');
window.peers = [];
window.provider = new WebrtcProvider('a room', document, {
  signaling: [signaling],
  password,
  peerOpts: { config: { iceServers: [] } }
});
window.provider.on('peers', ({ webrtcPeers }) => {
  window.peers = webrtcPeers;
});
