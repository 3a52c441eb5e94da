import { asLines, isWell } from './soak/report.ts';
import { openSoakStage, soak, type SoakStage } from './soak/soak.ts';
import { START_TIMEOUT_MS, STOP_TIMEOUT_MS } from './system.ts';

/** Each kind of hostile page comes twice; `./causeway faults egress` makes many more. */
const REQUESTS = 480;
const SOAK_TIMEOUT_MS = 180_000;

describe('egress-proxy, while a part of the world is hostile', () => {
  let stage: SoakStage;
  beforeAll(async () => {
    stage = await openSoakStage();
  }, START_TIMEOUT_MS);
  afterAll(() => stage.stop(), STOP_TIMEOUT_MS);

  it(
    'judges every answer rightly, keeps every budget exact, and leaves no connection open',
    async () => {
      const report = await soak(stage, REQUESTS);
      process.stdout.write(`${asLines(report).join('\n')}\n`);
      expect(report.wrong).toEqual([]);
      expect(isWell(report)).toBe(true);
      expect(Object.values(report.kinds).every(({ asked }) => asked >= 2)).toBe(true);
    },
    SOAK_TIMEOUT_MS,
  );
});
