import { runService } from '@causeway/service-kit';
import { assemble } from './app.module.ts';
import { readConfig } from './config.ts';

await runService('audit-ledger', readConfig, assemble);
