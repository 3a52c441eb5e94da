import { instanceAccess, SERVICE_NAMES, startInstance, type ServiceOverrides } from '@causeway/provisioning';
import { apiOf, type Api } from './api.ts';
import { policyCopy } from './policy-copy.ts';
import { startSlowBoard, type SlowBoard } from './slow-board.ts';
import { newHome, systemOf, type System } from './system.ts';

/** A whole Causeway, and a slow board at the address that its policy allows. */
export type BoardSystem = {
  readonly system: System;
  /** What its services are told besides, also when one is started again. */
  readonly overrides: ServiceOverrides;
  readonly api: Api;
  readonly board: SlowBoard;
  /** The address of a page of the board, as agents name it. */
  readonly urlOf: (path: string) => string;
  readonly stop: () => Promise<void>;
};

/** Starts both; the board answers when it is told to, and a call to it may last `callMs`. */
export async function startBoardSystem(callMs: number): Promise<BoardSystem> {
  const home = newHome();
  const told = { CAUSEWAY_POLICY_DIR: policyCopy(home, callMs) };
  const overrides = Object.fromEntries(SERVICE_NAMES.map((name) => [name, told]));
  const system = systemOf(await startInstance({ home, overrides }));
  const port = instanceAccess(system.home).ports['demo-content'] ?? 0;
  const board = await startSlowBoard(port);
  return {
    ...{ system, overrides, board, api: apiOf(system) },
    urlOf: (path) => `http://content.demo.internal:${port}${path}`,
    stop: async () => {
      await board.close();
      await system.stop();
    },
  };
}
