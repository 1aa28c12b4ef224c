import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

/**
 * Keeps commands of others from being carried out while there is a reason against them.
 *
 * JupyterLab asks only the owner of a command whether it is enabled, and its own commands know nothing of roles. So the
 * registry itself is asked through this: menus and buttons are disabled and say why, and a shortcut is answered.
 */
export class CommandGate implements IDisposable {
  private readonly _refused = new Signal<this, string>(this);
  private disposed = false;

  /**
   * @param commands The registry of the application.
   * @param against Why a command must not be carried out now, or `null`.
   */
  constructor(
    private readonly commands: CommandRegistry,
    private readonly against: (id: string) => string | null
  ) {
    const isEnabled = commands.isEnabled.bind(commands);
    const caption = commands.caption.bind(commands);
    const execute = commands.execute.bind(commands);
    commands.isEnabled = (id, args) => {
      const reason = this.against(id);
      if (reason !== null && isShortcut(args)) {
        this._refused.emit(reason);
      }
      return reason === null && isEnabled(id, args);
    };
    commands.caption = (id, args) => this.against(id) ?? caption(id, args);
    commands.execute = (id, args) => {
      const reason = this.against(id);
      if (reason === null) {
        return execute(id, args);
      }
      this._refused.emit(reason);
      return Promise.resolve(undefined);
    };
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Somebody wanted what they must not; the argument says why. */
  get refused(): ISignal<this, string> {
    return this._refused;
  }

  /** Has menus and buttons look again. */
  refresh(ids: Iterable<string>): void {
    for (const id of ids) {
      if (this.commands.hasCommand(id)) {
        this.commands.notifyCommandChanged(id);
      }
    }
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      const own: Partial<CommandRegistry> = this.commands;
      delete own.isEnabled;
      delete own.caption;
      delete own.execute;
      Signal.clearData(this);
    }
  }
}

/** Whether the registry asks because keys were pressed; then nobody else says that nothing happens. */
function isShortcut(args: ReadonlyPartialJSONObject | undefined): boolean {
  const event = args?.['_luminoEvent'] as { type?: unknown } | undefined;
  return event?.type === 'keybinding';
}
