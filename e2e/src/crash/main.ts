import { asTable, blowsOf, strikeAll } from './matrix.ts';
import { openCrashStage } from './stage.ts';

const log = (line: string): void => void process.stderr.write(`${line}\n`);

const stage = await openCrashStage();
try {
  const cells = await strikeAll(stage, [...blowsOf('read'), ...blowsOf('write')], log);
  process.stdout.write(`${asTable(cells)}\n`);
  const broken = cells.filter((cell) => cell.broken.length > 0).length;
  process.stdout.write(`${cells.length} blows, ${broken} broken promises\n`);
  process.exitCode = broken === 0 ? 0 : 1;
} finally {
  await stage.stop();
}
