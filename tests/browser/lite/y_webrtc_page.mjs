// y-webrtc's own provider, unmodified, in a page; what it is to meet stands behind # in the address.

import * as Y from 'yjs';
import { WebrtcProvider } from 'y-webrtc';

const { signaling, topic, secret } = Object.fromEntries(
  new URLSearchParams(location.hash.slice(1))
);
const document = new Y.Doc();

window.document_ = document;
window.text = document.getText('source');
window.cells = document.getArray('cells');
window.provider = new WebrtcProvider(topic, document, {
  signaling: [signaling],
  password: secret,
  peerOpts: { config: { iceServers: [] } }
});
window.provider.awareness.setLocalStateField('user', {
  username: 'program',
  name: 'A program',
  display_name: 'A program',
  color: '#123456'
});
