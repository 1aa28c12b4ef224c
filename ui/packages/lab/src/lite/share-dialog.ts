import { Clipboard, Dialog } from '@jupyterlab/apputils';
import type { Route } from '@jupyter-tandem/peer';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { people } from '../presence/person';
import { roomLink } from './link';
import type { ILiteDocument } from './tokens';
import { obstacleSentence } from './words';

/** How often it is asked over what somebody is connected: a connection may change its way. */
const LOOK_EVERY_MS = 2_000;

/** What the dialog is about. */
export interface IRoomShareOptions {
  readonly document: ILiteDocument;
  /** Address of this page. */
  readonly here: string;
  /** The room the link leads to: the page's own, or a new one. */
  readonly room: string;
  readonly password: string;
  readonly trans: TranslationBundle;
}

/** A link to the room, and who is connected over what. */
export class RoomShare extends Widget {
  private readonly link = document.createElement('input');
  private readonly password = document.createElement('input');
  private readonly list = document.createElement('ul');
  private readonly told = document.createElement('span');
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(private readonly options: IRoomShareOptions) {
    super();
    this.addClass('tandem-RoomShare');
    const obstacle = obstacleSentence(options.document.liteView.obstacle, options.trans);
    if (obstacle === null) {
      this.build();
    } else {
      this.node.append(paragraph(obstacle));
    }
    this.timer = setInterval(() => {
      void this.look();
    }, LOOK_EVERY_MS);
    options.document.changed.connect(this.onChanged);
    void this.look();
  }

  /** The link as it stands. */
  get address(): string {
    const { document: shared, here, room } = this.options;
    return roomLink(here, { room, path: shared.path, password: this.password.value.trim() });
  }

  override dispose(): void {
    clearInterval(this.timer);
    this.options.document.changed.disconnect(this.onChanged);
    super.dispose();
  }

  private build(): void {
    const { document: shared, password, trans } = this.options;
    this.link.readOnly = true;
    this.link.className = 'jp-mod-styled tandem-RoomShare-link';
    this.password.className = 'jp-mod-styled';
    this.password.value = password;
    this.password.autocomplete = 'off';
    this.password.placeholder = trans.__('None');
    this.password.oninput = () => {
      this.link.value = this.address;
    };
    this.link.value = this.address;
    const copy = button(trans.__('Copy link'), () => {
      Clipboard.copyToSystem(this.address);
      this.told.textContent = trans.__('Copied.');
    });
    this.told.setAttribute('role', 'status');
    const row = document.createElement('div');
    row.className = 'tandem-RoomShare-row';
    row.append(this.link, copy);
    this.node.append(
      paragraph(trans.__('Everybody who has this link can read and change the document.')),
      labelled(trans.__('Link to the room'), row),
      labelled(trans.__('Password (optional)'), this.password),
      paragraph(
        trans.__(
          'The password is part of the link, behind #, and is sent to no server. Who has another one meets nobody.'
        )
      ),
      this.told
    );
    if (shared.liteView.obstacle !== null) {
      this.node.append(paragraph(trans.__('This page is in no room yet: open the room as well.')));
    }
    const heading = document.createElement('h3');
    heading.id = `${this.id}-people`;
    heading.textContent = trans.__('Connected now');
    this.list.setAttribute('aria-labelledby', heading.id);
    this.node.append(heading, this.list);
  }

  private readonly onChanged = (): void => {
    void this.look();
  };

  private async look(): Promise<void> {
    const { document: shared, trans } = this.options;
    const routes = await Promise.all(
      shared.peers
        .filter(({ together }) => together)
        .map(async peer => ({ client: peer.client, route: await peer.route() }))
    );
    if (this.isDisposed) {
      return;
    }
    const { awareness } = shared.model;
    const known = people(awareness.getStates(), awareness.clientID);
    this.list.replaceChildren(
      ...routes.map(({ client, route }) => {
        const name = known.find(person => person.client === client)?.name;
        return item(name ?? trans.__('Somebody'), routeWords(route, trans));
      }),
      ...(routes.length === 0 ? [item('', trans.__('Nobody yet.'))] : [])
    );
  }
}

function routeWords(route: Route, trans: TranslationBundle): string {
  const words: Readonly<Record<Route, string>> = {
    direct: trans.__('direct'),
    relayed: trans.__('through a relay'),
    'same-browser': trans.__('in this browser'),
    unknown: trans.__('connecting')
  };
  return words[route];
}

function item(name: string, words: string): HTMLElement {
  const row = document.createElement('li');
  const who = document.createElement('bdi');
  who.textContent = name;
  row.append(who, name === '' ? words : ` · ${words}`);
  return row;
}

function paragraph(text: string): HTMLElement {
  const node = document.createElement('p');
  node.textContent = text;
  return node;
}

function labelled(text: string, control: HTMLElement): HTMLElement {
  const label = document.createElement('label');
  const words = document.createElement('span');
  words.textContent = text;
  label.append(words, control);
  return label;
}

function button(text: string, act: () => void): HTMLButtonElement {
  const node = document.createElement('button');
  node.type = 'button';
  node.className = 'jp-mod-styled jp-mod-accept';
  node.textContent = text;
  node.onclick = act;
  return node;
}

/** What the person wants beside the link. */
export type ShareWish = 'copy' | 'open' | null;

/** Shows how to get others into the room of a document. */
export async function showRoomShare(options: IRoomShareOptions): Promise<{
  wish: ShareWish;
  address: string;
}> {
  const { document: shared, trans } = options;
  const body = new RoomShare(options);
  const download = Dialog.okButton({
    label: trans.__('Download a View-Only Copy'),
    displayType: 'default',
    caption: trans.__(
      'A file with the document as it is now. Who gets it can read it; nothing they do in it comes back.'
    )
  });
  const open = Dialog.okButton({ label: trans.__('Open the Room') });
  const close = Dialog.cancelButton({ label: trans.__('Close') });
  const apart = shared.liteView.obstacle === 'no-room';
  const dialog = new Dialog({
    title: trans.__('Share %1', shared.path),
    body,
    buttons: apart ? [download, close, open] : [download, close],
    focusNodeSelector: '.tandem-RoomShare-link'
  });
  const { button: pressed } = await dialog.launch();
  const address = body.address;
  body.dispose();
  return {
    address,
    wish: pressed.label === download.label ? 'copy' : pressed.label === open.label ? 'open' : null
  };
}
