import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';

/** What is done in place of a command; `null` where the command itself is right. */
export type Detour = (args: ReadonlyPartialJSONObject) => Promise<void> | null;

/**
 * Has some of JupyterLab's commands carried out in another way, where that is needed.
 *
 * They talk to the kernel by themselves, past the queue, and have no token by which that could be changed.
 */
export class CommandDetour implements IDisposable {
  private readonly execute: CommandRegistry['execute'];
  private disposed = false;

  /**
   * @param commands The registry of the application.
   * @param detours By the command's id.
   */
  constructor(
    private readonly commands: CommandRegistry,
    detours: ReadonlyMap<string, Detour>
  ) {
    const execute = commands.execute.bind(commands);
    this.execute = async (id: string, args: ReadonlyPartialJSONObject = {}): Promise<unknown> => {
      const detour = commands.isEnabled(id, args) ? (detours.get(id)?.(args) ?? null) : null;
      return detour ?? execute(id, args);
    };
    commands.execute = this.execute;
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      if (this.commands.execute === this.execute) {
        delete (this.commands as Partial<CommandRegistry>).execute;
      }
    }
  }
}
