import { instanceAccess } from '@causeway/provisioning';
import { apiOf, type Api } from './api.ts';
import { startSlowBoard, type SlowBoard } from './slow-board.ts';
import { startSystem, type System } from './system.ts';

/** A whole Causeway, and a slow board at the address that its policy allows. */
export type BoardSystem = {
  readonly system: System;
  readonly api: Api;
  readonly board: SlowBoard;
  /** The address of a page of the board, as agents name it. */
  readonly urlOf: (path: string) => string;
  readonly stop: () => Promise<void>;
};

/** Starts both; the board answers each request after `delayMs`. */
export async function startBoardSystem(delayMs: number): Promise<BoardSystem> {
  const system = await startSystem();
  const port = instanceAccess(system.home).ports['demo-content'] ?? 0;
  const board = await startSlowBoard(port, delayMs);
  return {
    ...{ system, board, api: apiOf(system) },
    urlOf: (path) => `http://content.demo.internal:${port}${path}`,
    stop: async () => {
      await board.close();
      await system.stop();
    },
  };
}
