import { Signal, type ISignal } from '@lumino/signaling';
import type { SharingApi } from './api';
import { ShareDialog } from './dialog';
import type { INames } from './names';
import type { ITandemSharing } from './tokens';
import type { Words } from './words';

/** See `ITandemSharing`. */
export class Sharing implements ITandemSharing {
  private readonly _changed = new Signal<this, void>(this);

  constructor(
    readonly api: SharingApi,
    readonly words: Words,
    readonly guest: boolean,
    readonly confined: boolean,
    private readonly names?: INames
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  async share(path: string): Promise<void> {
    const { api, words, names } = this;
    const dialog = new ShareDialog({
      api,
      words,
      path,
      names,
      shared: () => {
        this._changed.emit();
      }
    });
    await dialog.launch();
  }
}
