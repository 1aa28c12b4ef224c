import {
  closeIcon,
  fileIcon,
  folderIcon,
  refreshIcon,
  shareIcon,
  VDomRenderer,
  type LabIcon
} from '@jupyterlab/ui-components';
import { Poll } from '@lumino/polling';
import type { ReactElement } from 'react';
import type { IShared } from '../nouns';
import type { SharedShelf } from '../shelf';
import { Problem, Push } from './fields';
import { RequestList } from './request-list';

/** How often it is looked what others changed, while the page can be seen, in milliseconds. */
const LOOK_EVERY_MS = 15_000;

/** What can be done with something on the shelf. */
export interface IShelfActions {
  readonly open: (shared: IShared) => void;
  /** Opens the dialog. */
  readonly share: (shared: IShared) => void;
  readonly stop: (shared: IShared) => void;
  readonly giveUp: (shared: IShared) => void;
  /** A guest gives up everything. */
  readonly leave: () => void;
}

/** The page *Shared* of the left panel. */
export class ShelfView extends VDomRenderer<SharedShelf> {
  private readonly poll: Poll;

  constructor(
    shelf: SharedShelf,
    private readonly actions: IShelfActions
  ) {
    super(shelf);
    const { trans } = shelf.words;
    this.id = 'tandem-shared';
    this.addClass('tandem-Shelf');
    this.title.icon = shareIcon;
    this.title.caption = trans.__('Shared by me and with me');
    this.poll = new Poll({
      auto: false,
      factory: () => shelf.refresh(),
      frequency: { interval: LOOK_EVERY_MS, backoff: true },
      standby: () => !this.isVisible || document.hidden
    });
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', this.title.caption);
  }

  override dispose(): void {
    this.poll.dispose();
    super.dispose();
  }

  protected override onAfterShow(): void {
    void this.poll.refresh();
  }

  protected override render(): ReactElement {
    const { actions, model: shelf } = this;
    const { lists, words, guest, busy } = shelf;
    const { trans } = words;
    return (
      <>
        <header>
          <h2>{trans.__('Shared')}</h2>
          <IconButton
            icon={refreshIcon}
            label={busy ? trans.__('Looking…') : trans.__('Look again')}
            push={() => {
              void shelf.refresh();
            }}
          />
        </header>
        <Problem sentence={shelf.problem} />
        <RequestList shelf={shelf} />
        {!guest && (
          <List
            id="tandem-shared-by-me"
            title={trans.__('By me')}
            empty={trans.__('You share nothing. Press Share in a document to begin.')}
            items={lists?.by_me ?? null}
            row={shared => <ByMe {...{ shelf, actions, shared }} />}
          />
        )}
        <List
          id="tandem-shared-with-me"
          title={trans.__('With me')}
          empty={trans.__('Nobody has shared anything with you here.')}
          items={lists?.with_me ?? null}
          row={shared => <WithMe {...{ shelf, actions, shared }} />}
        />
        {guest && (
          <footer>
            <Push label={trans.__('Leave for good…')} push={actions.leave} />
          </footer>
        )}
      </>
    );
  }
}

function List(props: {
  id: string;
  title: string;
  empty: string;
  /** `null` as long as they are not known. */
  items: readonly IShared[] | null;
  row: (shared: IShared) => ReactElement;
}): ReactElement {
  const { id, title, empty, items, row } = props;
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      <ul>
        {items?.map(shared => (
          <li key={`${shared.kind} ${shared.file_id}`}>{row(shared)}</li>
        ))}
      </ul>
      {items?.length === 0 && <p className="tandem-Share-note">{empty}</p>}
    </section>
  );
}

interface IRow {
  shelf: SharedShelf;
  actions: IShelfActions;
  shared: IShared;
}

function ByMe({ shelf, actions, shared }: IRow): ReactElement {
  const { words } = shelf;
  const { trans } = words;
  const people = trans._n('%1 person', '%1 people', shared.grants.length);
  const links = trans._n('%1 link', '%1 links', shared.links.length);
  const name = nameOf(shared, shelf);
  return (
    <>
      <Opener {...{ shelf, actions, shared }} note={`${people}, ${links}`} />
      {shared.path !== null && (
        <IconButton
          icon={shareIcon}
          label={trans.__('Share %1…', name)}
          push={() => {
            actions.share(shared);
          }}
        />
      )}
      <IconButton
        icon={closeIcon}
        label={trans.__('Stop sharing %1…', name)}
        push={() => {
          actions.stop(shared);
        }}
      />
    </>
  );
}

function WithMe({ shelf, actions, shared }: IRow): ReactElement {
  const { words, guest } = shelf;
  const { trans } = words;
  const { mine, grants } = shared;
  const giver = grants.find(({ giver_name }) => giver_name !== '')?.giver_name;
  const notes = [
    mine === null ? '' : words.role(mine.role),
    giver === undefined ? '' : trans.__('from %1', giver),
    mine?.until == null ? '' : trans.__('until %1', words.time(mine.until))
  ];
  return (
    <>
      <Opener {...{ shelf, actions, shared }} note={notes.filter(Boolean).join(' · ')} />
      {!guest && grants.length > 0 && (
        <IconButton
          icon={closeIcon}
          label={trans.__('Give up %1…', nameOf(shared, shelf))}
          push={() => {
            actions.giveUp(shared);
          }}
        />
      )}
    </>
  );
}

/** What something is called, also when it is gone. */
export function nameOf({ kind, name }: IShared, { words }: SharedShelf): string {
  if (kind === 'server') {
    return words.kind(kind);
  }
  return name ?? words.trans.__('Deleted %1', words.kind(kind));
}

function Opener({ shelf, actions, shared, note }: IRow & { note: string }): ReactElement {
  const { kind, path } = shared;
  const icon = kind === 'document' ? fileIcon : folderIcon;
  return (
    <button
      type="button"
      className="tandem-Shelf-opener"
      disabled={path === null}
      title={path ?? ''}
      onClick={() => {
        actions.open(shared);
      }}
    >
      <icon.react tag="span" width="16px" />
      <span className="tandem-Share-who">
        <bdi>{nameOf(shared, shelf)}</bdi>
        <small>{note}</small>
      </span>
    </button>
  );
}

function IconButton(props: { icon: LabIcon; label: string; push: () => void }): ReactElement {
  const { icon, label, push } = props;
  return (
    <button
      type="button"
      className="tandem-Shelf-button"
      title={label}
      aria-label={label}
      onClick={push}
    >
      <icon.react tag="span" width="14px" />
    </button>
  );
}
