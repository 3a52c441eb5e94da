import { STEP_POINTS } from '@causeway/messaging';
import { SERVICE_NAMES } from '@causeway/provisioning';
import { blowsOf, strikeAll } from './crash/matrix.ts';
import { openCrashStage, type CrashStage } from './crash/stage.ts';
import { START_TIMEOUT_MS, STOP_TIMEOUT_MS } from './system.ts';

const MATRIX_TIMEOUT_MS = 900_000;

describe('a service killed at any point of a step', () => {
  let stage: CrashStage;
  beforeAll(async () => {
    stage = await openCrashStage();
  }, START_TIMEOUT_MS);
  afterAll(() => stage.stop(), STOP_TIMEOUT_MS);

  it(
    'leaves no effect without intent, none twice, no intent without fate, and no run without end',
    async () => {
      const cells = await strikeAll(stage, blowsOf('write'), () => {});
      expect(cells).toHaveLength(STEP_POINTS.length * SERVICE_NAMES.length);
      expect(
        cells.flatMap(({ found, broken }) => broken.map((what) => `${found.point} ${found.service}: ${what}`)),
      ).toEqual([]);
    },
    MATRIX_TIMEOUT_MS,
  );
});
