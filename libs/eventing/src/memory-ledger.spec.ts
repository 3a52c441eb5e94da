import { ledgerFeatures } from '@causeway/testing';
import { memoryLedger } from './memory-ledger.ts';

ledgerFeatures('memoryLedger', async () => ({ ledger: memoryLedger(), eventType: 'thing.happened' }));
