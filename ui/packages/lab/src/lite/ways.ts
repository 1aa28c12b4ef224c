import { IceServers, SignalingServer } from '@jupyter-tandem/peer';
import type { ILiteConfig } from './config';
import type { IWays } from './meeting';

/** The signaling servers and helpers that all documents of a page share. */
export class Ways implements IWays {
  readonly ice: IceServers;
  private connected: readonly SignalingServer[] | null = null;

  constructor(readonly config: ILiteConfig) {
    this.ice = new IceServers(
      config.iceServers,
      () => performance.now(),
      config.relayOnly ? 'relay' : 'all'
    );
  }

  readonly servers = (): readonly SignalingServer[] => {
    this.connected ??= this.config.signaling.map(
      url =>
        new SignalingServer({
          url,
          surroundings: { window, document },
          chance: () => Math.random()
        })
    );
    return this.connected;
  };
}
