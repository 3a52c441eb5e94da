import { runHttpService } from '@causeway/service-kit/http';
import { assembleGateway } from './app.module.ts';
import { readConfig } from './config.ts';

await runHttpService('gateway', readConfig, assembleGateway);
