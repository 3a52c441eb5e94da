import type { LedgerPort } from '@causeway/eventing';
import { ledgerFeatures, serveMemoryLedger, testInfrastructure, type TestInfrastructure } from '@causeway/testing';
import { ledgerClient } from './ledger-client.ts';

let infra: TestInfrastructure;
let client: LedgerPort;

beforeAll(async () => {
  infra = await testInfrastructure();
  serveMemoryLedger(await infra.connect('audit-ledger'));
  client = ledgerClient({ bus: await infra.connect('resource-store'), writer: 'resource-store' });
});
afterAll(() => infra.stop());

ledgerFeatures('the ledger client on a bus', async () => ({ ledger: client, eventType: 'resource.ingested' }));
